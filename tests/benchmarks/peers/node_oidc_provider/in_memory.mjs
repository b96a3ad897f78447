// The fastest memory there is: one Map for all. Unlike the adapter that is shipped it keeps no list of a grant's tokens,
// which would be walked at each insert, and it forgets nothing after 1,000 entries.
const kept = new Map();
const uids = new Map();

class InMemory {
  constructor(name) {
    this.name = name;
  }

  key(id) {
    return `${this.name}:${id}`;
  }

  async upsert(id, payload) {
    kept.set(this.key(id), payload);
    if (this.name === "Session") uids.set(payload.uid, id);
  }

  async find(id) {
    return kept.get(this.key(id));
  }

  async findByUid(uid) {
    return this.find(uids.get(uid));
  }

  async consume(id) {
    kept.get(this.key(id)).consumed = Math.floor(Date.now() / 1000);
  }

  async destroy(id) {
    kept.delete(this.key(id));
  }

  async revokeByGrantId(grantId) {
    for (const [key, payload] of kept) if (payload.grantId === grantId) kept.delete(key);
  }
}

export const inMemory = () => InMemory;
