//! What a server tells of itself on the overview of the admin API.

mod sign_ins;

use std::sync::Arc;

use async_trait::async_trait;
use auth_core::{StoreError, Timestamp};
use auth_http::{FigureSource, NodeFigures, OwnFigures, StoredFigures};
use comprehensive_auth::{Auth, NodeState};

pub(crate) use sign_ins::SignIns;

/// A server and what it counts.
pub(crate) struct Figures {
    auth: Auth,
    sign_ins: Arc<SignIns>,
    started_at: Timestamp,
}

impl Figures {
    /// Of a server that starts at this time; `sign_ins` hears of its events.
    pub(crate) fn new(auth: Auth, sign_ins: Arc<SignIns>, started_at: Timestamp) -> Self {
        Self {
            auth,
            sign_ins,
            started_at,
        }
    }
}

#[async_trait]
impl FigureSource for Figures {
    fn own(&self) -> OwnFigures {
        let (since_start, last_minute) = self.sign_ins.counts();
        let state = self.auth.own_state();
        OwnFigures {
            started_at: self.started_at,
            since_start,
            last_minute,
            hasher: state.hasher,
            cache: state.cache,
        }
    }

    async fn stored(&self) -> Result<StoredFigures, StoreError> {
        let state = self.auth.store_state().await?;
        let nodes = self.auth.nodes().await?.into_iter().map(shown);
        Ok(StoredFigures {
            mail: state.mail,
            sessions: state.sessions,
            answers_from_memory: state.answers_from_memory,
            nodes: nodes.collect(),
        })
    }
}

fn shown(node: NodeState) -> NodeFigures {
    NodeFigures {
        name: node.name,
        is_own: node.is_own,
        seen_at: node.seen_at,
        shares_sessions: node.shares_sessions,
        tells: node.tells,
    }
}
