/** What tests and benchmarks need of MQTT besides a broker. */
import mqtt from 'mqtt';

export interface Publication {
  topic: string;
  /** Objects are sent as JSON. */
  body: object | string;
}

/** Publishes with QoS 1, one after the other, and waits for the broker's acknowledgements. */
export async function publishAll(url: string, publications: readonly Publication[]): Promise<void> {
  const client = await mqtt.connectAsync(url);
  for (const { topic, body } of publications) {
    await client.publishAsync(topic, typeof body === 'string' ? body : JSON.stringify(body), { qos: 1 });
  }
  await client.endAsync();
}

/** Configuration of a Mosquitto whose subscriptions `untilSubscribed` can count soon enough. */
export const COUNTING = ['allow_anonymous true', 'sys_interval 1'];

/** Resolves when others have made at least so many subscriptions on a Mosquitto; fails after a minute. */
export async function untilSubscribed(url: string, subscriptions: number): Promise<void> {
  const client = await mqtt.connectAsync(url);
  try {
    await new Promise<void>((resolve, reject) => {
      const limit = setTimeout(() => reject(new Error('nobody subscribed within a minute')), 60_000);
      client.on('message', (_topic, body) => {
        if (Number(body.toString()) <= subscriptions) return;
        clearTimeout(limit);
        resolve();
      });
      client.subscribe('$SYS/broker/subscriptions/count');
    });
  } finally {
    await client.endAsync();
  }
}
