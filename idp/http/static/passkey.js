// Passkeys. Without this script the other ways are there, and pages say that this one is not.
const form = document.getElementById("passkey-form");
const isPossible = "PublicKeyCredential" in window && "credentials" in navigator;

const bytesOf = (text) => {
  const base64 = text.replace(/-/g, "+").replace(/_/g, "/");
  return Uint8Array.from(atob(base64), (character) => character.charCodeAt(0));
};
const textOf = (buffer) => {
  const binary = Array.from(new Uint8Array(buffer), (byte) => String.fromCharCode(byte)).join("");
  return btoa(binary).split("+").join("-").split("/").join("_").replace(/=+$/, "");
};
const named = (list) => (list || []).map((each) => ({ ...each, id: bytesOf(each.id) }));

// JSON of WebAuthn Level 3, by hand: browsers of people's phones are older than its own functions for that.
const creation = (json) => ({
  ...json,
  challenge: bytesOf(json.challenge),
  user: { ...json.user, id: bytesOf(json.user.id) },
  excludeCredentials: named(json.excludeCredentials),
});
const request = (json) => ({
  ...json,
  challenge: bytesOf(json.challenge),
  allowCredentials: named(json.allowCredentials),
});
const answer = (credential) => {
  const { response } = credential;
  const told = { clientDataJSON: textOf(response.clientDataJSON) };
  if (response.attestationObject) {
    told.attestationObject = textOf(response.attestationObject);
    told.transports = response.getTransports ? response.getTransports() : [];
  } else {
    told.authenticatorData = textOf(response.authenticatorData);
    told.signature = textOf(response.signature);
    if (response.userHandle) told.userHandle = textOf(response.userHandle);
  }
  return JSON.stringify({
    id: credential.id,
    rawId: credential.id,
    type: credential.type,
    authenticatorAttachment: credential.authenticatorAttachment,
    response: told,
    clientExtensionResults: {},
  });
};

let waiting;
const ask = async (mediation) => {
  if (waiting) waiting.abort();
  waiting = new AbortController();
  const { signal } = waiting;
  const options = await fetch(form.dataset.options, { headers: { Accept: "application/json" }, signal });
  const json = options.ok ? await options.json() : {};
  if (!json.challenge) return mediation ? undefined : location.assign(form.dataset.failed);
  const isNew = form.dataset.ceremony === "create";
  const credential = isNew
    ? await navigator.credentials.create({ publicKey: creation(json), signal })
    : await navigator.credentials.get({ publicKey: request(json), signal, ...(mediation ? { mediation } : {}) });
  const shared = document.querySelector("input[type=checkbox][name=shared]");
  if (shared) form.elements.on_shared_device.value = shared.checked ? "1" : "";
  form.elements.credential.value = answer(credential);
  form.submit();
};

if (form) {
  for (const each of document.querySelectorAll("[data-passkey]")) {
    each.hidden = (each.dataset.passkey === "possible") !== isPossible;
  }
  const button = document.getElementById("passkey-start");
  if (isPossible && button) {
    button.addEventListener("click", () => {
      if (!form.reportValidity()) return; // a field beside the key is filled in first
      ask().catch((failure) => {
        const why = failure.name === "InvalidStateError" ? "known" : "cancelled";
        if (failure.name !== "AbortError") location.assign(`${form.dataset.failed}?said=${why}`);
      });
    });
  }
  // In the list that the browser opens at the field for the number; asked anew before the question is too old.
  if (isPossible && form.dataset.autofill && PublicKeyCredential.isConditionalMediationAvailable) {
    const offer = () => ask("conditional").catch(() => {});
    PublicKeyCredential.isConditionalMediationAvailable().then((isAvailable) => {
      if (!isAvailable) return;
      offer();
      setInterval(offer, 240000);
    });
  }
}

// What the device may forget, or call otherwise (WebAuthn Level 3 §5.1.10).
const signal = document.querySelector("[data-passkey-signal]");
if (isPossible && signal) {
  const told = JSON.parse(signal.dataset.passkeySignal);
  const say = (name, value) => PublicKeyCredential[name] && PublicKeyCredential[name](value).catch(() => {});
  if (told.unknown) say("signalUnknownCredential", { rpId: told.rpId, credentialId: told.unknown });
  if (told.accepted) {
    say("signalAllAcceptedCredentials", { rpId: told.rpId, userId: told.userId, allAcceptedCredentialIds: told.accepted });
  }
}
