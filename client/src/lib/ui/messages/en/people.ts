/** Texts about the people in a meeting, and about moderating them. */
export const people = {
  title: "People",
  open: (count: number) => `People (${count})`,
  openWithHands: (count: number, hands: number) =>
    `People (${count}), ${hands === 1 ? "1 raised hand" : `${hands} raised hands`}`,
  openWithKnocks: (count: number, knocks: number) =>
    `People (${count}), ${knocks === 1 ? "1 person waits" : `${knocks} people wait`} in the lobby`,
  shortcut: "P",
  inMeeting: (count: number) => `In the meeting (${count})`,
  search: "Find somebody",
  nobodyFound: "Nobody has that name.",
  guest: "Guest",

  roles: { "host": "Host", "co-host": "Co-host", "participant": "" },
  connections: {
    "connecting": "Connecting…",
    "connected": "",
    "without-media": "Without sound and picture",
    "reconnecting": "Reconnecting…",
  },
  microphones: {
    "on": "Microphone is on",
    "muted": "Microphone is muted",
    "muted-by-moderator": "Muted by a moderator",
    "none": "No microphone",
  },
  cameraOn: "Camera is on",
  cameraOff: "Camera is off",
  sharing: "Shares a screen",

  hand: {
    raise: "Raise hand",
    lower: "Lower hand",
    shortcut: "R",
    queue: (count: number) => `Raised hands (${count})`,
    lowerOf: (name: string) => `Lower the hand of ${name}`,
    lowerAll: "Lower all hands",
    raised: (place: number) => `Hand raised, number ${place}`,
  },

  menu: {
    label: (name: string) => `What to do about ${name}`,
    message: "Write privately",
    actions: {
      "ask-to-unmute": "Ask to unmute",
      "mute-microphone": "Mute microphone",
      "turn-camera-off": "Turn camera off",
      "stop-share": "Stop screen share",
      "lower-hand": "Lower hand",
      "make-host": "Make host",
      "make-co-host": "Make co-host",
      "make-participant": "Make participant",
      "remove": "Remove…",
      "ban": "Remove and ban…",
    },
  },
  confirmRemove: {
    title: (name: string) => `Remove ${name}?`,
    detail: "They leave the meeting at once. They may come back by the meeting's link.",
    action: "Remove",
  },
  confirmBan: {
    title: (name: string) => `Remove and ban ${name}?`,
    detail: "They leave the meeting at once and cannot come back.",
    action: "Remove and ban",
  },
  confirmHost: {
    title: (name: string) => `Make ${name} a host?`,
    detail: "Hosts may do everything here: also remove you, and end the meeting for all.",
    action: "Make host",
  },

  lobby: {
    title: (count: number) => `Waiting in the lobby (${count})`,
    admit: "Admit",
    admitOf: (name: string) => `Admit ${name}`,
    deny: "Deny",
    denyOf: (name: string) => `Deny ${name}`,
    admitAll: "Admit all",
    knocks: (name: string) => `${name} would like to join`,
    knocksMore: (name: string, others: number) =>
      `${name} and ${others === 1 ? "1 other" : `${others} others`} would like to join`,
    view: "View",
    later: "Not now",
    account: "Signed in",
  },

  meeting: {
    more: "More",
    locked: "Locked",
    lockedDetail: "Nobody but hosts gets in",
    lobby: "Lobby",
    lobbyDetail: "Who comes by the link waits until somebody admits them",
    lock: "Lock meeting",
    lobbySwitch: "Let people wait in a lobby",
    muteAll: "Mute everyone",
    endOptions: "More ways to end",
    end: "End meeting for all…",
  },
  confirmMuteAll: {
    title: "Mute everyone?",
    detail: "Everyone but hosts and co-hosts is muted. They can unmute themselves.",
    action: "Mute everyone",
  },
  confirmEnd: {
    title: "End the meeting for everyone?",
    detail: "Everybody is disconnected, and nobody can come back to it.",
    action: "End meeting",
  },

  waiting: {
    title: "Waiting to be let in",
    lead: (meeting: string) => meeting ? `“${meeting}” lets people in one by one.` : "",
    detail:
      "You join as soon as somebody admits you. Until then nobody in the meeting sees or hears you.",
    tab: "waiting",
    cancel: "Cancel",
  },

  asked: {
    title: { audio: "Please unmute", camera: "Please turn your camera on" },
    detail: {
      audio: (name: string) => `${name} would like to hear you.`,
      camera: (name: string) => `${name} would like to see you.`,
    },
    somebody: "A moderator",
    accept: { audio: "Unmute", camera: "Turn camera on" },
    decline: { audio: "Stay muted", camera: "Keep it off" },
  },

  news: {
    handRaised: (name: string) => `${name} raised a hand`,
    handLowered: "A moderator lowered your hand.",
    microphoneMuted: "A moderator muted you. You can unmute yourself.",
    cameraOff: "A moderator turned your camera off. You can turn it on again.",
    stopped: {
      screen: "A moderator stopped your screen share.",
      camera: "A moderator stopped your camera.",
      microphone: "A moderator stopped your microphone.",
    },
    stillMuted: "A moderator muted you: use the microphone button to unmute.",
    roles: {
      "host": "You are a host now.",
      "co-host": "You are a co-host now.",
      "participant": "You are no longer a moderator.",
    },
    locked: "The meeting is locked: only hosts get in.",
    unlocked: "The meeting is no longer locked.",
    notDone: {
      "not-allowed": "You may not do that.",
      "gone": "That is over already.",
      "too-many": "That was too much at once. Please wait a moment.",
      "unavailable": "The meeting does not answer. Please try again.",
      "invalid": "That did not work.",
    },
  },
};
