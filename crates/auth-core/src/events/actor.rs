//! Who acts on accounts of others.

use std::fmt;

use crate::id::{ApiKeyId, UserId};

/// Who acts on somebody else's account.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Actor {
    /// Somebody at a tool on the operator's machine.
    Operator {
        /// The tool.
        tool: &'static str,
        /// The person's name there.
        name: String,
    },
    /// Somebody who is signed in and may administer accounts.
    User(UserId),
    /// A program, by an API key.
    Key(ApiKeyId),
}

impl fmt::Display for Actor {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Operator { tool, name } => write!(f, "{tool}:{name}"),
            Self::User(id) => write!(f, "user:{id}"),
            Self::Key(id) => write!(f, "key:{id}"),
        }
    }
}
