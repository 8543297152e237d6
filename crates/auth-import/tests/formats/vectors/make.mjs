// Prints hashes of one password by the real libraries, one a line: a name and the hash, with a
// tab between.
//
//     node make.mjs NODE_MODULES PASSWORD

import { createRequire } from 'node:module';

const [modules, password] = process.argv.slice(2);
const require = createRequire(`${modules}/`);
const { FirebaseScrypt } = require('firebase-scrypt');
const { hashPassword } = require('@better-auth/utils/password');

// The parameters and the salt of the example in Firebase's own documentation.
const firebase = new FirebaseScrypt({
  memCost: 14,
  rounds: 8,
  saltSeparator: 'Bw==',
  signerKey: 'jxspr8Ki0RYycVU8zykbdLGjFQ3McFUH0uiiTvC8pVMXAn210wjLNmdZJzxUECKbm0QsEmYUSDzZvpjeJ9WmXA==',
});

console.log(['better-auth', await hashPassword(password)].join('\t'));
console.log(['firebase', await firebase.hash(password, '42xEC+ixf3L2lw==')].join('\t'));
