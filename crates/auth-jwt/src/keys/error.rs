//! What can go wrong with keys, and what to do about it.

use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use auth_core::AuthError;

use crate::Algorithm;

/// Why keys could not be read, made or retired. Each says what to do about it.
#[derive(Clone, Debug, thiserror::Error)]
#[allow(missing_docs)] // The fields are what the sentences name.
#[non_exhaustive]
pub enum KeyError {
    /// The system refuses to read something.
    #[error("`{}` can't be read ({cause}); give the user that runs this program access to it", path.display())]
    Unreadable {
        path: PathBuf,
        cause: Arc<io::Error>,
    },
    /// The system refuses to write something.
    #[error("`{}` can't be written ({cause}); make it writable for the user that runs this program", path.display())]
    Unwritable {
        path: PathBuf,
        cause: Arc<io::Error>,
    },
    /// Secrets lie open to other users.
    #[error("`{}` is open to other users of this machine; run `chmod {mode} {}`", path.display(), path.display())]
    Exposed { path: PathBuf, mode: &'static str },
    /// An editor put something invisible before a secret.
    #[error("`{}` begins with a byte order mark; save it as UTF-8 without one", path.display())]
    Marked { path: PathBuf },
    /// A file holds no usable key.
    #[error("`{}` {fault}; make a new key with `{remedy} > {}`", path.display(), path.display())]
    Unfit {
        path: PathBuf,
        fault: &'static str,
        remedy: &'static str,
    },
    /// The content of a file in the ring's directory is not what its name says.
    #[error("`{}` does not hold the key that its name says; put the right file back or delete it", path.display())]
    Misnamed { path: PathBuf },
    /// The ring has no key to sign with.
    #[error("there is no {algorithm} key to sign with; rotate the keys to make one")]
    Missing { algorithm: Algorithm },
    /// Nothing in the ring has this id.
    #[error("there is no key `{kid}`; list the keys to see those there are")]
    Unknown { kid: String },
    /// The key is in use.
    #[error("the key `{kid}` is the active one; rotate the keys, then retire it")]
    Active { kid: String },
    /// The ring is a single given file.
    #[error("the key is given by the file `{}`; replace that file and start again", path.display())]
    Given { path: PathBuf },
    /// The cryptographic library gave up.
    #[error("the cryptographic library could not {task}; try again")]
    Crypto { task: &'static str },
}

impl KeyError {
    pub(super) fn unreadable(path: &Path, cause: io::Error) -> Self {
        Self::Unreadable {
            path: path.to_owned(),
            cause: Arc::new(cause),
        }
    }

    pub(super) fn unwritable(path: &Path, cause: io::Error) -> Self {
        Self::Unwritable {
            path: path.to_owned(),
            cause: Arc::new(cause),
        }
    }
}

/// Without keys nobody can be told apart, so the server is unavailable, not the caller
/// unauthenticated.
impl From<KeyError> for AuthError {
    fn from(error: KeyError) -> Self {
        Self::Unavailable(error.into())
    }
}
