// Started by download.test.ts as a process of its own, to be killed in the middle of a download.
import { withDefaults } from '../../src/fetch/cache.js'
import { download } from '../../src/fetch/download.js'

const [url = '', to = '', sha256 = ''] = process.argv.slice(2)
await download({ what: 'a file', url, to, sha256 }, withDefaults({}))
