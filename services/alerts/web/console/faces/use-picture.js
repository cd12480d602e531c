// An address in this page's memory for what `load` gives, let go when hidden, replaced, or left alone for too long.
import { useSignal } from "@preact/signals";
import { useEffect, useRef } from "preact/hooks";
import * as state from "../../state/state.js";
import { useAction } from "../use-action.js";

/** @param {() => Promise<Blob | null>} load */
export function usePicture(load) {
  const url = useSignal(/** @type {string | null} */ (null));
  const gone = useRef(false);
  const action = useAction();
  const hide = () => {
    if (url.value !== null) URL.revokeObjectURL(url.value);
    url.value = null;
  };
  const show = () =>
    action.run(async () => {
      const content = await load();
      hide();
      if (content !== null && !gone.current) url.value = URL.createObjectURL(content);
    });
  useEffect(() => {
    gone.current = false;
    return () => {
      gone.current = true;
      hide();
    };
  }, []);
  const veiled = state.veiled.value;
  useEffect(() => {
    if (veiled) hide();
  }, [veiled]);
  return { url, show, hide, busy: action.busy, fault: action.fault };
}
