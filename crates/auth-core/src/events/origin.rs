//! The request in which something happens.

use std::net::IpAddr;

tokio::task_local! {
    static CURRENT: Origin;
}

/// Who asked for what happens, as far as a request tells.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Origin {
    /// The id of the request, which its answer and its lines in the log have too.
    pub request_id: String,
    /// The client's address.
    pub ip: IpAddr,
    /// What the client calls itself, cut to [`Device::MAX_USER_AGENT`] characters.
    ///
    /// [`Device::MAX_USER_AGENT`]: crate::Device::MAX_USER_AGENT
    pub user_agent: String,
}

impl Origin {
    /// Runs a future as part of this request: each [`Event`](super::Event) that is made in it
    /// says so.
    pub async fn scope<F: Future>(self, future: F) -> F::Output {
        CURRENT.scope(self, future).await
    }

    /// That of the request in which this is called, if it is one.
    pub(crate) fn current() -> Option<Self> {
        CURRENT.try_with(Clone::clone).ok()
    }
}
