/** Signing in as somebody. */
export async function signIn(page, name) {
  await page.goto('/office');
  await page.getByRole('button', { name }).click();
  await page.getByText(name, { exact: true }).waitFor();
}

/** A security key that Chromium pretends to have: it makes resident keys and verifies its user. */
export async function authenticator(context, page) {
  const cdp = await context.newCDPSession(page);
  await cdp.send('WebAuthn.enable');
  const { authenticatorId } = await cdp.send('WebAuthn.addVirtualAuthenticator', {
    options: { protocol: 'ctap2', transport: 'internal', hasResidentKey: true, hasUserVerification: true, isUserVerified: true, automaticPresenceSimulation: true },
  });
  return { cdp, authenticatorId };
}
