//! An application's part in registrations.

use std::net::{IpAddr, Ipv4Addr};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use async_trait::async_trait;
use auth_core::accounts::{
    AuthorizationRequest, Confirmation, Finished, Outcome, ProviderCallback, Registered,
    Registration, SignInOutcome, Verification,
};
use auth_core::error::BoxError;
use auth_core::identity::{Answer, Challenge, ProviderId, Subject};
use auth_core::mail::{Content, Mail, MailError};
use auth_core::{
    Accounts, AuthError, Device, Email, FieldCode, FieldError, Password, ProvenIdentity,
    ProviderError, Providers,
};
use comprehensive_auth::{
    AccountForm, Actor, Auth, IdentityProvider, Mailer, NewRegistration, RegistrationHooks,
    SecretText, User,
};
use tempfile::TempDir;
use tokio::sync::mpsc::{UnboundedReceiver, UnboundedSender, unbounded_channel};

use crate::host::builder;

const LOCALHOST: IpAddr = IpAddr::V4(Ipv4Addr::LOCALHOST);
const PASSWORD: &str = "violet harbour 42";

/// Writes down what it hears, and lets nobody in from one domain. What it does afterwards
/// fails, which must not matter.
#[derive(Default)]
struct Host {
    before: Mutex<Vec<NewRegistration>>,
    after: Mutex<Vec<User>>,
}

#[async_trait]
impl RegistrationHooks for Host {
    async fn before_registration(&self, new: &NewRegistration) -> Result<(), AuthError> {
        self.before.lock().unwrap().push(new.clone());
        match new.email.as_str().ends_with("@refused.example") {
            true => Err(FieldError::new("email", FieldCode::Reserved, "Not from there.").into()),
            false => Ok(()),
        }
    }

    async fn after_registration(&self, user: &User) -> Result<(), BoxError> {
        self.after.lock().unwrap().push(user.clone());
        Err("the application is out of order".into())
    }
}

impl Host {
    /// The addresses that it was asked about.
    fn asked(&self) -> Vec<String> {
        let asked = self.before.lock().unwrap();
        asked.iter().map(|new| new.email.to_string()).collect()
    }

    /// The usernames of the accounts that it was told of.
    fn told(&self) -> Vec<String> {
        let told = self.after.lock().unwrap();
        told.iter().map(|user| user.username.to_string()).collect()
    }
}

/// An embedding, with its hooks and the mails that it sends.
struct Embedded {
    auth: Auth,
    host: Arc<Host>,
    mails: UnboundedReceiver<Mail>,
    _dir: TempDir,
}

impl Embedded {
    async fn with(verification: Verification, providers: Providers) -> Self {
        let (dir, host) = (TempDir::new().unwrap(), Arc::<Host>::default());
        let (sender, mails) = unbounded_channel();
        let auth = builder(dir.path(), "http://localhost:8080")
            .registration_hooks(host.clone())
            .providers(providers)
            .mailer(Arc::new(Channel(sender)))
            .configure(|config| {
                config.accounts.verification = verification;
                config.mail.poll_interval = Duration::from_millis(20);
            });
        Self {
            auth: auth.build().await.unwrap(),
            host,
            mails,
            _dir: dir,
        }
    }

    fn accounts(&self) -> &Accounts {
        self.auth.api().accounts()
    }

    async fn is_empty(&self) -> bool {
        self.auth.admin().list(None, 10).await.unwrap().is_empty()
    }

    /// The token of the next mail's link.
    async fn mailed_token(&mut self) -> String {
        let mail = self.mails.recv().await.unwrap();
        let Content::Link(link) = mail.content else {
            panic!("{mail:?} has no link");
        };
        link.token.reveal()
    }
}

/// Hands mails to the test.
struct Channel(UnboundedSender<Mail>);

#[async_trait]
impl Mailer for Channel {
    async fn send(&self, mail: &Mail) -> Result<(), MailError> {
        let _ = self.0.send(mail.clone());
        Ok(())
    }
}

fn device() -> Device {
    Device::new("a test", LOCALHOST)
}

/// A filled-in form.
fn form(username: &str) -> Registration {
    Registration {
        first_name: "Ada".to_owned(),
        last_name: "Lovelace".to_owned(),
        username: username.to_owned(),
        email: format!("{username}@example.org"),
        password: Password::new(PASSWORD),
    }
}

fn refused_field(result: Result<impl std::fmt::Debug, AuthError>) -> String {
    match result {
        Err(AuthError::Invalid(problems)) => problems[0].field.to_string(),
        other => panic!("{other:?} is no refusal of a field"),
    }
}

#[actix_web::test]
async fn a_sign_up_is_asked_about_before_and_told_of_once_it_is_confirmed() {
    let mut embedded = Embedded::with(Verification::Required, Providers::default()).await;
    let token = {
        let accounts = embedded.accounts();
        accounts.register(form("ada"), LOCALHOST).await.unwrap();
        embedded.mailed_token().await
    };
    let (accounts, host) = (embedded.accounts(), &embedded.host);
    assert_eq!(host.asked(), ["ada@example.org"]);
    assert!(host.told().is_empty(), "there is no account yet");
    let confirmation = Confirmation {
        token,
        password: Some(Password::new(PASSWORD)),
        remember: false,
    };
    let issued = accounts.verify(confirmation.clone(), None, &device()).await;
    let SignInOutcome::Done(issued) = issued.unwrap() else {
        panic!("something is missing");
    };
    assert_eq!(issued.user.username.as_str(), "ada");
    assert_eq!(host.told(), ["ada"]);
    assert!(
        accounts
            .verify(confirmation, None, &device())
            .await
            .is_err()
    );
    assert_eq!(host.told(), ["ada"]);
    assert_eq!(host.asked().len(), 1);

    // Whether an account has the address makes no difference.
    let again = Registration {
        email: "ada@example.org".to_owned(),
        ..form("ada2")
    };
    let again = accounts.register(again, LOCALHOST).await.unwrap();
    assert!(matches!(again, Registered::VerificationSent));
    assert_eq!(host.asked().len(), 2);
}

#[actix_web::test]
async fn who_is_refused_leaves_nothing_behind() {
    for verification in [Verification::Required, Verification::Optional] {
        let embedded = Embedded::with(verification, Providers::default()).await;
        let (accounts, host) = (embedded.accounts(), &embedded.host);
        let refused = Registration {
            email: "ada@refused.example".to_owned(),
            ..form("ada")
        };
        let refused = accounts.register(refused, LOCALHOST).await;
        assert_eq!(refused_field(refused), "email");
        assert!(embedded.is_empty().await);
        assert!(host.told().is_empty());
        // Not even the name.
        accounts.register(form("ada"), LOCALHOST).await.unwrap();
    }
}

#[actix_web::test]
async fn an_account_made_at_once_is_told_of() {
    let embedded = Embedded::with(Verification::Optional, Providers::default()).await;
    let (accounts, host) = (embedded.accounts(), &embedded.host);
    accounts.register(form("ada"), LOCALHOST).await.unwrap();
    assert_eq!(host.told(), ["ada"]);
    let taken = accounts.register(form("ada"), LOCALHOST).await;
    assert!(matches!(taken, Err(AuthError::UsernameTaken)), "{taken:?}");
    assert_eq!(host.told(), ["ada"]);
}

/// A provider that knows one person.
struct Provider {
    id: ProviderId,
    email: &'static str,
}

#[async_trait]
impl IdentityProvider for Provider {
    fn id(&self) -> &ProviderId {
        &self.id
    }

    fn name(&self) -> &'static str {
        "Somewhere"
    }

    fn issuer(&self) -> &'static str {
        "https://id.example.org"
    }

    async fn authorization_url(&self, _: &Challenge) -> Result<String, ProviderError> {
        Ok("https://id.example.org/authorize".to_owned())
    }

    async fn identify(&self, _: &Answer, _: &Challenge) -> Result<ProvenIdentity, ProviderError> {
        Ok(ProvenIdentity {
            subject: Subject {
                issuer: self.issuer().to_owned(),
                name: "1".to_owned(),
            },
            email: Some(Email::parse("email", self.email).unwrap()),
            email_verified: true,
            doubt: None,
            given_name: Some("Ada".to_owned()),
            family_name: None,
            full_name: None,
            preferred_username: Some("ada".to_owned()),
            auth_time: None,
            second_factor: false,
        })
    }
}

fn knowing(email: &'static str) -> Providers {
    let id = "somewhere".parse().unwrap();
    Providers::new(vec![Arc::new(Provider { id, email })])
}

/// There and back.
async fn visit(accounts: &Accounts) -> Finished {
    let request = AuthorizationRequest {
        provider: "somewhere".to_owned(),
        return_to: "/".to_owned(),
        fresh: false,
        browser: None,
    };
    let begun = accounts.begin_sign_in(request, LOCALHOST).await.unwrap();
    let callback = ProviderCallback {
        state: SecretText::new(begun.state.reveal()),
        outcome: Ok(SecretText::new("a code".to_owned())),
        issuer: None,
        user: None,
        browser: Some(begun.browser),
        tab: None,
        session: None,
    };
    let finished = accounts.finish("somewhere", callback, &device()).await;
    finished.unwrap()
}

#[actix_web::test]
async fn whom_a_provider_sends_is_asked_about_and_told_of_the_first_time() {
    let providers = knowing("ada@example.org");
    let embedded = Embedded::with(Verification::Required, providers).await;
    let (accounts, host) = (embedded.accounts(), &embedded.host);
    for _ in 0..2 {
        let finished = visit(accounts).await;
        assert!(matches!(
            finished.outcome,
            Ok(Outcome::SignedIn(SignInOutcome::Done(_)))
        ));
    }
    assert_eq!(host.asked(), ["ada@example.org"]);
    assert_eq!(host.told(), ["ada"]);
    let asked = host.before.lock().unwrap();
    assert_eq!(asked[0].provider.as_ref().unwrap().as_str(), "somewhere");
    assert_eq!(asked[0].first_name.as_str(), "Ada");
    assert!(asked[0].username.is_none());
}

#[actix_web::test]
async fn whom_a_provider_sends_may_be_refused() {
    let providers = knowing("ada@refused.example");
    let embedded = Embedded::with(Verification::Required, providers).await;
    let (accounts, host) = (embedded.accounts(), &embedded.host);
    assert_eq!(refused_field(visit(accounts).await.outcome), "email");
    assert!(embedded.is_empty().await);
    assert!(host.told().is_empty());
}

#[actix_web::test]
async fn an_operators_account_is_told_of_without_being_asked_about() {
    let embedded = Embedded::with(Verification::Required, Providers::default()).await;
    let (admin, host) = (embedded.auth.admin(), &embedded.host);
    let by = Actor::Operator {
        tool: "a test",
        name: "root".to_owned(),
    };
    let draft = |username: &str| {
        admin.draft(&AccountForm {
            first_name: "Ada".to_owned(),
            last_name: String::new(),
            username: username.to_owned(),
            email: format!("{username}@refused.example"),
            email_verified: true,
        })
    };
    admin.invite(&by, draft("ada").unwrap()).await.unwrap();
    let password = Password::new(PASSWORD);
    let bob = admin.with_password(draft("bob").unwrap(), &password).await;
    let made = admin.create(&by, bob.unwrap()).await;
    made.unwrap();
    assert_eq!(host.told(), ["ada", "bob"]);
    assert!(host.asked().is_empty());
}
