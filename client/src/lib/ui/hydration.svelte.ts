import { onMount } from "svelte";

/**
 * Whether the page's script is running. A server-rendered button that does nothing yet is
 * disabled until then, so that no click is lost.
 */
export class Hydration {
  #done = $state(false);

  constructor() {
    onMount(() => {
      this.#done = true;
    });
  }

  get done(): boolean {
    return this.#done;
  }
}
