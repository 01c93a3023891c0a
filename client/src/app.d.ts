declare global {
  namespace App {
    interface Platform {
      /** Answers the product's API: in process in production, over loopback while developing. */
      api?: (request: Request) => Promise<Response>;
    }
    interface Error {
      message: string;
      /** Why a meeting page could not be shown; the error page words it. */
      reason?: "meeting-not-found" | "meeting-ended" | "service-unavailable";
    }
  }
}

export {};
