import assert from 'node:assert/strict';
import { ReportOnce, sharedReports } from '../../../nodes/lorawan/report-once.ts';

describe('what is reported once', () => {
  it('is new again when its time is over', () => {
    const reports = new ReportOnce();
    const at = (now: number) => reports.isNew('address', 1000, now);
    assert.deepEqual([at(0), at(999), at(1000), at(1500)], [true, false, true, false]);
  });

  it('is remembered for a thousand messages, the oldest give way', () => {
    const reports = new ReportOnce();
    for (let index = 0; index <= 1000; index++) reports.isNew(`message ${index}`, 60_000, 0);
    assert.equal(reports.isNew('message 1', 60_000, 1), false);
    assert.equal(reports.isNew('message 0', 60_000, 1), true);
  });

  it('is shared by all who use the same object', () => {
    const registry = {};
    assert.equal(sharedReports(registry), sharedReports(registry));
    assert.notEqual(sharedReports(registry), sharedReports({}));
  });
});
