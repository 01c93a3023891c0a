/** How this computer writes the modifier of our shortcuts. */
export function modifierLabel(platform: string): string {
  return /mac|iphone|ipad/i.test(platform) ? "⌘" : "Ctrl";
}
