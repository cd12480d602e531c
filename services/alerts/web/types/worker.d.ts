// As much of a service worker and of Trusted Types as the pages use: TypeScript has the one for workers alone, and not the other.
export {};

declare global {
  interface ExtendableEvent extends Event {
    waitUntil(work: Promise<unknown>): void;
  }
  interface PushMessageData {
    json(): { notification?: PushedNotification } | null;
  }
  /** What a push says (Declarative Web Push): no name, no face, no score. */
  interface PushedNotification extends NotificationOptions {
    title: string;
    navigate: string;
    data?: PushedAbout;
  }
  interface PushedAbout {
    incident?: string;
    delivery?: string;
    receipt?: string;
  }
  interface WindowClient {
    focus(): Promise<WindowClient>;
    postMessage(message: { open?: string | null; pushed?: string | null }): void;
  }
  interface ServiceWorkerGlobalScope {
    readonly registration: ServiceWorkerRegistration;
    readonly clients: {
      claim(): Promise<void>;
      matchAll(options: { type: "window"; includeUncontrolled?: boolean }): Promise<WindowClient[]>;
      openWindow(address: string): Promise<WindowClient | null>;
    };
    skipWaiting(): Promise<void>;
    addEventListener(name: "install" | "activate", listener: (event: ExtendableEvent) => void): void;
    addEventListener(name: "push", listener: (event: ExtendableEvent & { data: PushMessageData | null }) => void): void;
    addEventListener(
      name: "notificationclick",
      listener: (event: ExtendableEvent & { notification: Notification }) => void,
    ): void;
    addEventListener(
      name: "pushsubscriptionchange",
      listener: (event: ExtendableEvent & { oldSubscription?: PushSubscription }) => void,
    ): void;
  }
  var trustedTypes:
    | {
        createPolicy(
          name: string,
          rules: { createScriptURL: (address: string) => string },
        ): { createScriptURL(address: string): string };
      }
    | undefined;
}
