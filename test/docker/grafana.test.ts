import assert from 'node:assert/strict';
import { parse } from 'yaml';
import { dashboards } from '../../dashboards/index.ts';
import { LANGUAGES } from '../../nodes/observation/messages.ts';
import { compose, read } from './stack.ts';

interface DataSource {
  name: string;
  uid: string;
  type: string;
  url: string;
  editable: boolean;
  isDefault?: boolean;
  jsonData: { version: string; dbName: string; httpHeaderName1: string };
  secureJsonData: { httpHeaderValue1: string };
}

describe('Grafana provisioning', () => {
  const { datasources } = parse(read('grafana/provisioning/datasources/byflyt.yaml')) as {
    datasources: DataSource[];
  };
  const { providers } = parse(read('grafana/provisioning/dashboards/byflyt.yaml')) as {
    providers: { allowUiUpdates: boolean; options: { path: string } }[];
  };
  const { services } = compose();

  it('has the data sources that the dashboards let a reader choose', () => {
    for (const { templating } of LANGUAGES.flatMap(dashboards)) {
      const variable = templating.list?.find(({ type }) => type === 'datasource');
      const pattern = new RegExp(variable?.regex?.slice(1, -1) ?? 'none');
      for (const { type, name } of datasources) {
        assert.equal(type, variable?.query);
        assert.match(name, pattern);
      }
      assert.equal(variable?.current?.value, datasources.find(({ isDefault }) => isDefault)?.uid);
    }
  });

  it('reads real and sandbox data from the databases that Byflyt writes to', () => {
    const bucket = services['node-red']?.environment?.BYFLYT_DATABASE_BUCKET;
    assert.deepEqual(
      datasources.map(({ uid, jsonData }) => [uid, jsonData.version, jsonData.dbName]),
      [
        ['byflyt', 'InfluxQL', bucket],
        ['byflyt-sandbox', 'InfluxQL', `${bucket}_sandbox`],
      ],
    );
    for (const { url } of datasources)
      assert.equal(url, services['node-red']?.environment?.BYFLYT_DATABASE_URL);
  });

  it('has no secret in a file: the token comes from the environment that start.sh makes', () => {
    for (const { secureJsonData, editable } of datasources) {
      assert.equal(secureJsonData.httpHeaderValue1, 'Token $BYFLYT_GRAFANA_TOKEN');
      assert.equal(editable, false);
    }
    assert.match(read('grafana/start.sh'), /^export BYFLYT_GRAFANA_TOKEN$/m);
  });

  it('loads the dashboards of the language that is set, from where the image has them', () => {
    const [provider] = providers;
    assert.equal(provider?.allowUiUpdates, false);
    const [, folder] =
      /COPY --from=build \/byflyt\/docker\/grafana\/dashboards (\S+)/.exec(read('Dockerfile')) ?? [];
    assert.equal(provider?.options.path, `${folder}/$BYFLYT_LANGUAGE`);
    assert.ok(services.grafana?.environment?.BYFLYT_LANGUAGE);
  });

  it('lets nobody in without a sign-in', () => {
    const { environment = {} } = services.grafana ?? {};
    assert.equal(environment.GF_AUTH_ANONYMOUS_ENABLED, 'false');
    assert.equal(environment.GF_USERS_ALLOW_SIGN_UP, 'false');
    assert.match(environment.GF_SECURITY_ADMIN_PASSWORD ?? '', /^\$\{/);
  });
});
