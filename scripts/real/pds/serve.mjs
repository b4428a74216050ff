// A Bluesky personal data server for tests: in-memory directory of identities, SQLite in a temporary folder,
// reachable from this machine only. Settings come from the environment; the address is printed when it is up.
//
//   HUMASBOT_PDS_INSTALL   folder with node_modules (made by scripts/setup-real.sh pds)
//   HUMASBOT_PDS_DATA      empty folder for the data
//   HUMASBOT_PDS_PORT      port on 127.0.0.1
//   PDS_*                  any setting of the server itself, such as PDS_RATE_LIMITS_ENABLED=1
import { randomBytes } from 'node:crypto'
import http from 'node:http'
import { createRequire } from 'node:module'
import path from 'node:path'

const { HUMASBOT_PDS_INSTALL: install, HUMASBOT_PDS_DATA: data, HUMASBOT_PDS_PORT: port } = process.env
const require = createRequire(path.join(install, 'package.json'))

// Both servers call app.listen(port), which would open the port on every network interface.
function bindToLoopback(server) {
  server.app.listen = (wanted) => http.createServer(server.app).listen(wanted, '127.0.0.1')
}

async function startDirectory() {
  const { Database, PlcServer } = require('@did-plc/server')
  const directory = PlcServer.create({ db: Database.mock(), port: 0 })
  bindToLoopback(directory)
  const listener = await directory.start()
  return `http://127.0.0.1:${listener.address().port}`
}

async function startPds(directoryUrl) {
  const { PDS, envToCfg, envToSecrets, readEnv } = require('@atproto/pds')
  const environment = {
    ...readEnv(),
    port: Number(port),
    hostname: 'localhost',
    devMode: true,
    inviteRequired: false,
    dataDirectory: data,
    blobstoreDiskLocation: path.join(data, 'blobs'),
    blobstoreDiskTmpLocation: path.join(data, 'blobs-tmp'),
    didPlcUrl: directoryUrl,
    jwtSecret: randomBytes(16).toString('hex'),
    dpopSecret: randomBytes(32).toString('hex'),
    adminPassword: randomBytes(16).toString('hex'),
    plcRotationKeyK256PrivateKeyHex: randomBytes(32).toString('hex'),
  }
  const pds = await PDS.create(envToCfg(environment), envToSecrets(environment))
  bindToLoopback(pds)
  await pds.start()
}

await startPds(await startDirectory())
console.log(`ready on http://127.0.0.1:${port}`)
