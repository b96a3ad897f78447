// Redis by ioredis: one round trip for each step. What can be consumed is a hash, so that consuming is one field; a
// grant's keys are a list, so that they can be revoked together.
import { Redis } from "ioredis";

const CONSUMABLE = new Set(["AuthorizationCode", "RefreshToken"]);
const GRANTED = new Set(["AccessToken", "AuthorizationCode", "RefreshToken"]);
const A_DAY = 86_400;

export function onRedis(url) {
  const redis = new Redis(url, { enableAutoPipelining: true, keyPrefix: "oidc:" });

  return class OnRedis {
    constructor(name) {
      this.name = name;
      this.isConsumable = CONSUMABLE.has(name);
    }

    key(id) {
      return `${this.name}:${id}`;
    }

    async upsert(id, payload, expiresIn) {
      const key = this.key(id);
      const text = JSON.stringify(payload);
      const isGranted = GRANTED.has(this.name) && payload.grantId;
      const hasUid = this.name === "Session";
      if (!this.isConsumable && !isGranted && !hasUid) {
        await redis.set(key, text, "EX", expiresIn);
        return;
      }
      const together = redis.multi();
      if (this.isConsumable) together.hset(key, "payload", text).expire(key, expiresIn);
      else together.set(key, text, "EX", expiresIn);
      if (hasUid) together.set(`uid:${payload.uid}`, id, "EX", expiresIn);
      if (isGranted) together.rpush(`grant:${payload.grantId}`, key).expire(`grant:${payload.grantId}`, A_DAY);
      await together.exec();
    }

    async find(id) {
      if (!this.isConsumable) {
        const text = await redis.get(this.key(id));
        return text ? JSON.parse(text) : undefined;
      }
      const [text, consumed] = await redis.hmget(this.key(id), "payload", "consumed");
      if (!text) return undefined;
      return consumed ? { ...JSON.parse(text), consumed: Number(consumed) } : JSON.parse(text);
    }

    async findByUid(uid) {
      const id = await redis.get(`uid:${uid}`);
      return id ? this.find(id) : undefined;
    }

    async consume(id) {
      await redis.hset(this.key(id), "consumed", Math.floor(Date.now() / 1000));
    }

    async destroy(id) {
      await redis.del(this.key(id));
    }

    async revokeByGrantId(grantId) {
      const keys = await redis.lrange(`grant:${grantId}`, 0, -1);
      await redis.del(...keys, `grant:${grantId}`);
    }
  };
}
