// The page's own small interface to the carrier.

async function answer(response) {
  if (!response.ok) throw new Error(`carrier: ${response.status}`);
  return response.status === 204 ? null : response.json();
}

export async function get(path) {
  return answer(await fetch(path, { headers: { Accept: "application/json" } }));
}

export async function post(path, body) {
  const headers = { "Content-Type": "application/json" };
  return answer(await fetch(path, { method: "POST", headers, body: JSON.stringify(body) }));
}
