const NOTES_HZ = [523.25, 659.25, 783.99];
const NOTE_SECONDS = 0.18;
const LOUDNESS = 0.18;

/** An `AudioContext` that can be sent to a chosen output (Chromium). */
export type SpeakerSelectable = { setSinkId(sinkId: string): Promise<void> };

/** Whether this browser lets a page choose the speaker. */
export function canChooseSpeaker(): boolean {
  return "AudioContext" in globalThis && "setSinkId" in AudioContext.prototype;
}

/** Plays three rising notes on the chosen output, so that a person hears where sound comes from. */
export async function playSpeakerTest(speakerId: string): Promise<void> {
  const context = new AudioContext();
  try {
    if (speakerId && canSetSink(context)) await context.setSinkId(speakerId);
    const gain = new GainNode(context, { gain: 0 });
    gain.connect(context.destination);
    const start = context.currentTime + 0.05;
    const end = start + NOTES_HZ.length * NOTE_SECONDS;
    const oscillator = new OscillatorNode(context, { type: "triangle" });
    NOTES_HZ.forEach((note, index) =>
      oscillator.frequency.setValueAtTime(note, start + index * NOTE_SECONDS)
    );
    gain.gain.setValueAtTime(0, start);
    gain.gain.linearRampToValueAtTime(LOUDNESS, start + 0.02);
    gain.gain.setValueAtTime(LOUDNESS, end - 0.1);
    gain.gain.linearRampToValueAtTime(0, end);
    oscillator.connect(gain);
    const finished = new Promise((resolve) => oscillator.addEventListener("ended", resolve));
    oscillator.start(start);
    oscillator.stop(end + 0.05);
    await finished;
  } finally {
    await context.close();
  }
}

function canSetSink(context: AudioContext): context is AudioContext & SpeakerSelectable {
  return "setSinkId" in context;
}
