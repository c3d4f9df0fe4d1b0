/** Somebody deploys a flow without the node that saves. */
import assert from 'node:assert/strict';
import { eventually } from '../support/eventually.ts';
import { embeddedValues } from '../support/saved-values.ts';
import { Plant } from './plant.ts';

describe('flow without its store node', () => {
  let plant: Plant;

  before(async () => {
    plant = await Plant.start({}, embeddedValues);
  });

  after(() => plant?.remove());

  it('keeps what it receives, says what is missing, and saves it all when the node is back', async () => {
    plant.send(50);
    await plant.everythingIsStored();
    const flows = await plant.flows();
    await plant.deploy(flows.filter(({ type }) => type !== 'byflyt-store'));
    plant.send(50);
    await plant.acknowledged();
    await plant.tells(/can reach no store node/);
    await plant.isAlive();
    // Those of the other area's flow are left out there.
    await eventually(() => assert.equal(plant.accounts().inFlow, 50));
    await plant.installation.kill();
    await plant.installation.start();
    await plant.tells(/can reach no store node/);
    await plant.deploy(flows);
    await plant.everythingIsStored();
    await plant.tellsNoMore(/can reach no store node/);
  });

  it('loses nothing that the broker has acknowledged, although what came to no end goes through the flow first', async () => {
    const flows = await plant.flows();
    await plant.deploy(flows.filter(({ type }) => type !== 'byflyt-store'));
    plant.send(15);
    await plant.acknowledged();
    await eventually(() => assert.equal(plant.accounts().inFlow, 15));
    for (let start = 0; start < 2; start++) {
      await plant.installation.kill();
      await plant.installation.start();
    }
    // The intakes are busy with those fifteen now, and have not subscribed: the broker must not forget these.
    plant.send(50);
    await plant.installation.kill();
    await plant.installation.start();
    await plant.deploy(flows);
    await plant.acknowledged();
    await plant.everythingIsStored();
  });
});
