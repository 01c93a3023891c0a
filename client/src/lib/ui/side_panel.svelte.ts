/** What the panel beside the tiles can show. */
export type PanelName = "people" | "chat" | "polls";

/** The one panel beside the tiles, or none. */
export class SidePanelState {
  #shown = $state<PanelName>();

  get shown(): PanelName | undefined {
    return this.#shown;
  }

  open(name: PanelName): void {
    this.#shown = name;
  }

  toggle(name: PanelName): void {
    this.#shown = this.#shown === name ? undefined : name;
  }

  close(): void {
    this.#shown = undefined;
  }
}
