//! Setting it up, step by step.

use std::path::PathBuf;
use std::sync::Arc;

use auth_core::accounts::RegistrationHooks;
use auth_core::error::BoxError;
use auth_core::events::{EventSink, Events, Log};
use auth_core::identity::ProviderId;
use auth_core::{
    Clock, IdentityProvider, Mailer, Meter, ProfileFields, Providers, Recorder, SystemClock,
};
use auth_http::{Api, Observer, Placement};
use auth_mail::{BuiltInTemplates, MessageTransport, Templates};
use auth_store::DatabaseUrl;
use url::Url;

use crate::assemble::{Assembly, hasher};
use crate::auth::Auth;
use crate::breached::BreachedList;
use crate::bridge::{Backends, Bridge, Shadow};
use crate::config::Config;
use crate::encryption;
use crate::error::StartError;
use crate::mail_way::MailWay;
use crate::node::Node;
use crate::passkeys;
use crate::providers::{Pending, ProviderSetup};
use crate::strategy::{Session, Strategy};
use crate::tasks::Tasks;
use crate::{providers, stores, webhooks};

/// Sets authentication up; see [`Auth::builder`]. Everything has a default, and what can't be
/// used is told by [`build`](Self::build).
pub struct AuthBuilder {
    config: Config,
    strategy: Box<dyn Strategy>,
    bridge: Bridge,
    shadow: Option<Shadow>,
    providers: Providers,
    pending: Vec<Pending>,
    mail: Option<MailWay>,
    templates: Arc<dyn Templates>,
    sinks: Vec<Arc<dyn EventSink>>,
    profile_fields: Option<Arc<dyn ProfileFields>>,
    hooks: Option<Arc<dyn RegistrationHooks>>,
    observer: Option<Observer>,
    meter: Meter,
    clock: Arc<dyn Clock>,
    node: String,
    failure: Option<StartError>,
}

impl Auth {
    /// Sets it up for an actix-web app.
    pub fn builder() -> AuthBuilder {
        let mut config = Config::default();
        config.http.placement = Placement::Embedded;
        AuthBuilder::with(config)
    }
}

impl AuthBuilder {
    /// Sets everything at once.
    pub fn with(config: Config) -> Self {
        Self {
            config,
            strategy: Box::new(Session::default()),
            bridge: Bridge::default(),
            shadow: None,
            providers: Providers::default(),
            pending: vec![],
            mail: None,
            templates: Arc::new(BuiltInTemplates),
            sinks: vec![Arc::new(Log)],
            profile_fields: None,
            hooks: None,
            observer: None,
            meter: Meter::default(),
            clock: Arc::new(SystemClock),
            node: format!("process {}", uuid::Uuid::now_v7().simple()),
            failure: None,
        }
    }

    /// Where users, sessions and mails are kept: `sqlite:FILE` or `postgres://…`; by default
    /// `auth.db` in the working directory. Our tables live beside those of the host.
    #[must_use]
    pub fn database(mut self, url: &str) -> Self {
        match url.parse::<DatabaseUrl>() {
            Ok(url) => self.config.stores.database = url,
            Err(error) => self.refuse(format!("AuthBuilder::database can't be used: {error}")),
        }
        self
    }

    /// Where sessions, revoked tokens and limits are kept: `database` (the default), `memory`,
    /// or a URL of Redis, with `redis://` or `redis-sentinel://`.
    #[must_use]
    pub fn session_store(mut self, url: &str) -> Self {
        match url.parse() {
            Ok(url) => self.config.stores.sessions = url,
            Err(remedy) => self.refuse(format!("AuthBuilder::session_store: {remedy}")),
        }
        self
    }

    /// How people stay signed in: [`Session`] (the default), or [`Jwt`](crate::Jwt).
    #[must_use]
    pub fn strategy(mut self, strategy: impl Strategy + 'static) -> Self {
        self.strategy = Box::new(strategy);
        self
    }

    /// What is honoured beside the strategy, while people change over to it.
    #[must_use]
    pub fn bridge(mut self, bridge: Bridge) -> Self {
        self.bridge = bridge;
        self
    }

    /// A strategy that decides beside the one in force, after the answer, and tells by an
    /// [`EventKind::Shadowed`](crate::EventKind::Shadowed) whether both agree.
    #[must_use]
    pub fn shadow(mut self, shadow: Option<Shadow>) -> Self {
        self.shadow = shadow;
        self
    }

    /// The URL under which browsers reach the host; by default `http://localhost:8080`. Its
    /// origin is where links lead and what requests are held against, and the names and flags
    /// of cookies follow it.
    #[must_use]
    pub fn public_url(mut self, url: impl AsRef<str>) -> Self {
        match Url::parse(url.as_ref()) {
            Ok(url) => self.config.http.public_url = url,
            Err(error) => self.refuse(format!("AuthBuilder::public_url is no URL: {error}")),
        }
        self
    }

    /// The path under which everything hangs; by default `/api/auth`. It is named here and to
    /// [`Auth::routes`], since providers have to know it before there is an app.
    #[must_use]
    pub fn base_path(mut self, path: &str) -> Self {
        self.config.http.base_path = path.to_owned();
        self
    }

    /// The front end that links in mails lead to: at `/verify` and `/reset`, with the token
    /// behind the `#`. By default the origin of the public URL.
    #[must_use]
    pub fn frontend_url(mut self, url: impl AsRef<str>) -> Self {
        match Url::parse(url.as_ref()) {
            Ok(url) => self.config.frontend_url = Some(url),
            Err(error) => self.refuse(format!("AuthBuilder::frontend_url is no URL: {error}")),
        }
        self
    }

    /// An origin beside the own one that browsers may call from, or all sub-domains of one:
    /// `https://*.example.org`.
    #[must_use]
    pub fn trusted_origin(mut self, origin: &str) -> Self {
        match origin.parse() {
            Ok(origin) => {
                let before = self.config.http.trusted_origins.get();
                let all = [&before[..], &[origin]].concat();
                self.config.http.trusted_origins = all.into();
            }
            Err(error) => self.refuse(format!("AuthBuilder::trusted_origin: {error}")),
        }
        self
    }

    /// What mails and descriptions call the service.
    #[must_use]
    pub fn service_name(mut self, name: impl Into<String>) -> Self {
        self.config.service_name = name.into();
        self
    }

    /// Sends mail through a server, `smtp://…` or `smtps://USER:PASSWORD@HOST`, as this
    /// sender. Without this or [`mailer`](Self::mailer) mails are written to standard error, on
    /// one's own machine only.
    #[must_use]
    pub fn smtp(mut self, url: &str, sender: &str) -> Self {
        match MailWay::smtp(url, sender) {
            Ok(way) => self.mail = Some(way),
            Err(error) => self.failure = self.failure.or(Some(StartError::Mail(error))),
        }
        self
    }

    /// Sends mail in a way of one's own, with the words of the templates.
    #[must_use]
    pub fn mail_transport(mut self, transport: Arc<dyn MessageTransport>) -> Self {
        self.mail = Some(MailWay::Transport(transport));
        self
    }

    /// Finds the words for mails.
    #[must_use]
    pub fn mail_templates(mut self, templates: Arc<dyn Templates>) -> Self {
        self.templates = templates;
        self
    }

    /// Writes and sends mail in a way of one's own: the mailer gets what a mail is about, its
    /// recipient and its link, and no words.
    #[must_use]
    pub fn mailer(mut self, mailer: Arc<dyn Mailer>) -> Self {
        self.mail = Some(MailWay::Mailer(mailer));
        self
    }

    /// Lets people sign in with Google, as this client (RFC 6749, 2.2).
    #[must_use]
    pub fn google(self, client_id: &str, client_secret: &str) -> Self {
        let (id, secret) = (client_id.to_owned(), client_secret.to_owned());
        self.provider("google", move |setup| {
            providers::google(&setup, &id, secret)
        })
    }

    /// Lets people sign in with GitHub, as this client.
    #[must_use]
    pub fn github(self, client_id: &str, client_secret: &str) -> Self {
        let (id, secret) = (client_id.to_owned(), client_secret.to_owned());
        self.provider("github", move |setup| {
            providers::github(&setup, &id, secret)
        })
    }

    /// Lets people sign in with another provider. `id` names it in addresses; the provider is
    /// made from the address that it sends people back to, among others.
    #[must_use]
    pub fn provider(
        mut self,
        id: &str,
        make: impl FnOnce(ProviderSetup) -> Result<Arc<dyn IdentityProvider>, BoxError> + 'static,
    ) -> Self {
        match id.parse::<ProviderId>() {
            Ok(id) => self.pending.push(Pending::new(id, make)),
            Err(error) => self.refuse(format!("AuthBuilder::provider {id}: {error}")),
        }
        self
    }

    /// Lets people sign in with these providers, and with no others but those added after.
    #[must_use]
    pub fn providers(mut self, providers: Providers) -> Self {
        self.providers = providers;
        self.pending.clear();
        self
    }

    /// Tells somebody else too what happens; the log always hears of it.
    #[must_use]
    pub fn on_events(mut self, sink: Arc<dyn EventSink>) -> Self {
        self.sinks.push(sink);
        self
    }

    /// Keeps fields of the host's own with each account, under these rules: `profile` in the
    /// user, and in `PATCH /profile`.
    #[must_use]
    pub fn profile_fields(mut self, rules: Arc<dyn ProfileFields>) -> Self {
        self.profile_fields = Some(rules);
        self
    }

    /// Has the host take part when accounts come into being.
    #[must_use]
    pub fn registration_hooks(mut self, hooks: Arc<dyn RegistrationHooks>) -> Self {
        self.hooks = Some(hooks);
        self
    }

    /// Refuses new passwords that are on this list, a file or a folder; see [`BreachedList`]. A
    /// list of another kind goes to `accounts.password.breached` by
    /// [`configure`](Self::configure).
    #[must_use]
    pub fn breached_passwords(mut self, path: impl Into<PathBuf>) -> Self {
        let list = BreachedList::new(path);
        match list.check() {
            Ok(()) => self.config.accounts.password.breached = Some(Arc::new(list)),
            Err(error) => self.refuse(format!("AuthBuilder::breached_passwords: {error}")),
        }
        self
    }

    /// Is called for every answered request.
    #[must_use]
    pub fn observer(mut self, observer: Observer) -> Self {
        self.observer = Some(observer);
        self
    }

    /// Tells this one how long hashing and the stores take, and what becomes of mail.
    #[must_use]
    pub fn measured_by(mut self, recorder: Arc<dyn Recorder>) -> Self {
        self.meter = Meter::to(recorder);
        self
    }

    /// Another source of time.
    #[must_use]
    pub fn clock(mut self, clock: Arc<dyn Clock>) -> Self {
        self.clock = clock;
        self
    }

    /// What this process is called among the nodes of its database, unique on its machine.
    #[must_use]
    pub fn node_name(mut self, name: impl Into<String>) -> Self {
        self.node = name.into();
        self
    }

    /// Sets what no method above does.
    #[must_use]
    pub fn configure(mut self, change: impl FnOnce(&mut Config)) -> Self {
        change(&mut self.config);
        self
    }

    /// Checks what can be told before a store is opened.
    ///
    /// # Errors
    /// One sentence that names the setting and the remedy.
    pub fn check(&self) -> Result<(), StartError> {
        self.config.check()?;
        passkeys::of(&self.config).map(drop)
    }

    /// Brings the database up to date and starts what runs beside the requests, on the
    /// runtime that this is called in.
    ///
    /// # Errors
    /// What keeps it from starting; the database is left alone unless all else is well.
    pub async fn build(mut self) -> Result<Auth, StartError> {
        if let Some(failure) = self.failure {
            return Err(failure);
        }
        self.check()?;
        let config = self.config.settled();
        let way = self.mail.or_else(|| MailWay::by_default(&config));
        let mailer = way.ok_or(StartError::MailNeeded)?.mailer(self.templates);
        let hasher = hasher(&config)?.measured_by(self.meter.clone());
        let clock = self.clock;
        let (bridge, shadow) = (&self.bridge, self.shadow.as_ref());
        let backends = Backends::open(&*self.strategy, bridge, shadow, &config, &clock)?;
        let pending = std::mem::take(&mut self.pending);
        let providers = providers::open(self.providers, pending, &config.http, &clock)?;

        // The futures of the stores, each inside the next, are types that are deep.
        let events = Events::to(self.sinks);
        let stores = Box::pin(stores::open(&config.stores, events, &self.meter)).await?;
        let assembly = Assembly {
            config: &config,
            stores: &stores,
            clock: &clock,
        };
        let strategy = backends.strategy(assembly.sessions());
        let node = Node::new(&stores, &strategy, clock.clone(), &self.node);
        node.introduce().await;
        let node_id = node.id().to_owned();
        let accounts = assembly.accounts(providers, strategy, hasher.clone());
        let accounts = accounts.with_cache(config.stores.cache_size);
        let keys = config.encryption_keys.clone();
        let keys = encryption::of_database(keys, &stores, &config.stores).await?;
        let accounts = accounts.with_factors(assembly.factors(keys.clone())?);
        let mut accounts = webhooks::with_hooks(accounts, &config, &clock);
        let admin = assembly.admin(hasher);
        let mut admin = admin.with_webhooks(webhooks::of(&config, &stores, keys.clone()));
        if let Some(rules) = self.profile_fields {
            accounts = accounts.with_profile_fields(rules);
        }
        if let Some(hooks) = self.hooks {
            accounts = accounts.with_registration_hooks(hooks.clone());
            admin = admin.with_registration_hooks(hooks);
        }
        let noted = accounts.note_hash_kinds().await;
        noted.map_err(|error| stores::refused(&config.stores, "can't be read", error))?;
        let worker = assembly.outbox_worker(mailer).measured_by(self.meter);
        let interval = config.stores.purge_interval;
        let mut tasks = Tasks::start(&accounts, &stores, worker, node, clock.clone(), interval);
        webhooks::start(&mut tasks, &config, &stores, keys, &clock);
        let accounts = backends.shadowed(accounts, &stores.accounts, &mut tasks);
        let api = Api::new(
            accounts,
            config.http,
            Arc::new(stores.clone()),
            backends.issuer,
            self.observer,
        );
        Ok(Auth::new(api, admin, stores, tasks, node_id))
    }

    /// Keeps the first thing that was wrong for [`build`](Self::build).
    fn refuse(&mut self, sentence: String) {
        self.failure.get_or_insert(StartError::Setting(sentence));
    }
}
