// What needs a passkey is shown where the browser knows them: <… data-needs-passkey hidden>.
if (window.PublicKeyCredential) {
  for (const part of document.querySelectorAll("[data-needs-passkey]")) part.hidden = false;
}

// A passkey that was called off or refused is said in our words, not in the browser's console.
document.addEventListener("allauth.error", (event) => {
  event.preventDefault();
  for (const words of document.querySelectorAll("[data-passkey-error]")) words.hidden = false;
});
