// The service worker of the exported folder: after the first visit the lab opens without a network.
// The exporter puts the version and the files in front: VERSION, PAGE (what every visit needs).
// A new version fetches all of PAGE anew before it takes over, so that no visit mixes two versions.

/* global VERSION, PAGE */
const KEPT = `lab ${VERSION}`;

self.addEventListener("install", (event) => {
  const fetched = caches.open(KEPT).then((cache) =>
    cache.addAll(PAGE.map((path) => new Request(path, { cache: "no-cache" }))));
  event.waitUntil(fetched.then(() => self.skipWaiting()));
});

self.addEventListener("activate", (event) => {
  const others = caches.keys().then((names) => Promise.all(
    names.filter((name) => name.startsWith("lab ") && name !== KEPT).map((name) => caches.delete(name))));
  event.waitUntil(others.then(() => self.clients.claim()));
});

self.addEventListener("fetch", (event) => {
  const { request } = event;
  if (request.method !== "GET" || !request.url.startsWith(self.registration.scope)) return;
  event.respondWith(answer(request));
});

async function answer(request) {
  const cache = await caches.open(KEPT);
  const known = await cache.match(request, { ignoreSearch: true });
  if (known) return known;
  const response = await fetch(request);
  if (response.ok) await cache.put(request, response.clone()).catch(() => {}); // the disk may be full
  return response;
}
