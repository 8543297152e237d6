//! Authentication, ready to be put into an app.

use std::sync::Arc;

use actix_web::web::ServiceConfig;
use auth_core::accounts::admin::Admin;
use auth_http::{Api, Guard, Placement};

use crate::stores::OpenStores;
use crate::tasks::Tasks;

/// Authentication, ready to be put into an app. Clones share everything.
///
/// What runs beside the requests ends with the last clone, or by [`stop`](Self::stop).
#[derive(Clone)]
pub struct Auth {
    inner: Arc<Inner>,
}

struct Inner {
    api: Api,
    admin: Admin,
    stores: OpenStores,
    tasks: Tasks,
    node: String,
}

impl Auth {
    pub(crate) fn new(
        api: Api,
        admin: Admin,
        stores: OpenStores,
        tasks: Tasks,
        node: String,
    ) -> Self {
        let inner = Inner {
            api,
            admin,
            stores,
            tasks,
            node,
        };
        Self {
            inner: Arc::new(inner),
        }
    }

    /// Everything, under one path of an app: for [`App::configure`](actix_web::App::configure).
    /// The app's own routes, headers and errors stay its own. With it the app knows who sends
    /// a request: [`CurrentUser`](crate::CurrentUser) works on all of its routes.
    ///
    /// # Panics
    /// When the path is another than [`AuthBuilder::base_path`](crate::AuthBuilder::base_path) says, `/api/auth` when it
    /// says nothing: providers have been told that one.
    pub fn routes(&self, path: &str) -> impl FnOnce(&mut ServiceConfig) + Clone + use<> {
        let api = &self.inner.api;
        let built_for = &api.config().base_path;
        assert!(
            api.config().placement == Placement::OwnServer || path == built_for,
            "Auth was built for {built_for} and is registered under {path}: \
             name the path to AuthBuilder::base_path too"
        );
        api.routes()
    }

    /// The public keys and who issues the tokens (RFC 8414, RFC 7517), which other services
    /// look for at the root of the host: for `App::configure`. Nothing unless the strategy
    /// issues tokens.
    pub fn well_known(&self) -> impl FnOnce(&mut ServiceConfig) + Clone + use<> {
        self.inner.api.well_known()
    }

    /// The cross-site rule as a middleware for routes of one's own; see [`Guard`].
    pub fn guard(&self) -> Guard {
        self.inner.api.guard()
    }

    /// What an operator does with accounts.
    pub fn admin(&self) -> &Admin {
        &self.inner.admin
    }

    /// What it is called among the servers of its database.
    pub(crate) fn node(&self) -> &str {
        &self.inner.node
    }

    /// What it works on.
    pub(crate) fn stores(&self) -> &OpenStores {
        &self.inner.stores
    }

    /// The contract, for what is not offered here.
    pub fn api(&self) -> &Api {
        &self.inner.api
    }

    /// Ends what runs beside the requests; mails that are being delivered are finished first.
    /// For a process that has answered its last request.
    pub async fn stop(&self) {
        self.inner.tasks.stop().await;
    }
}
