//! An application's part in registrations.

use std::sync::{Arc, Mutex};

use async_trait::async_trait;
use auth_core::accounts::admin::{AccountForm, Actor, Admin};
use auth_core::accounts::{
    AuthorizationRequest, Confirmation, Finished, Outcome, ProviderCallback, Registered,
    Verification,
};
use auth_core::error::BoxError;
use auth_core::identity::{Answer, Challenge, ProviderId, Subject};
use auth_core::token::TokenKey;
use auth_core::{
    Accounts, AuthError, Clock as _, Email, FieldCode, FieldError, IdentityProvider,
    NewRegistration, NewToken, Password, ProvenIdentity, ProviderError, Providers, Purpose,
    RegistrationHooks, Secret, SecretText, SignUpStore, SystemClock, TokenStore as _, User,
    UserStore as _, Username,
};

use crate::place::{LOCALHOST, PASSWORD, Place, device, form, place};

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

async fn hosted(verification: Verification, providers: Providers) -> (Place, Accounts, Arc<Host>) {
    let (place, host) = (place(verification, providers).await, Arc::<Host>::default());
    let accounts = place.accounts.clone();
    let accounts = accounts.with_registration_hooks(host.clone());
    (place, accounts, host)
}

fn refused_field(result: Result<impl std::fmt::Debug, AuthError>) -> String {
    match result {
        Err(AuthError::Invalid(problems)) => problems[0].field.to_string(),
        other => panic!("{other:?} is no refusal of a field"),
    }
}

/// The token of the link that a sign-up is mailed.
async fn mailed(place: &Place, username: &str) -> String {
    let name = Username::parse("username", username).unwrap();
    let now = SystemClock.now();
    let sign_up = SignUpStore::find_by_username(&place.database, &name, now).await;
    let sign_up = sign_up.unwrap().unwrap();
    let secret = Secret::generate();
    let token = NewToken {
        key: TokenKey {
            purpose: Purpose::SignUp,
            hash: secret.hash(),
        },
        user_id: sign_up.id,
        data: sign_up.email.to_string(),
        expires_at: now + std::time::Duration::from_secs(60),
        mail: None,
    };
    assert!(place.database.put(&token).await.unwrap());
    secret.reveal()
}

#[tokio::test]
async fn a_sign_up_is_asked_about_before_and_told_of_once_it_is_confirmed() {
    let (place, accounts, host) = hosted(Verification::Required, Providers::default()).await;
    accounts.register(form("ada"), LOCALHOST).await.unwrap();
    assert_eq!(host.asked(), ["ada@example.org"]);
    assert!(host.told().is_empty(), "there is no account yet");
    let confirmation = Confirmation {
        token: mailed(&place, "ada").await,
        password: Some(Password::new(PASSWORD.to_owned())),
        remember: false,
    };
    let issued = accounts.verify(confirmation.clone(), None, &device()).await;
    assert_eq!(issued.unwrap().user.username.as_str(), "ada");
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
    let again = auth_core::accounts::Registration {
        email: "ada@example.org".to_owned(),
        ..form("ada2")
    };
    let again = accounts.register(again, LOCALHOST).await.unwrap();
    assert!(matches!(again, Registered::VerificationSent));
    assert_eq!(host.asked().len(), 2);
}

#[tokio::test]
async fn who_is_refused_leaves_nothing_behind() {
    for verification in [Verification::Required, Verification::Optional] {
        let (place, accounts, host) = hosted(verification, Providers::default()).await;
        let refused = auth_core::accounts::Registration {
            email: "ada@refused.example".to_owned(),
            ..form("ada")
        };
        let refused = accounts.register(refused, LOCALHOST).await;
        assert_eq!(refused_field(refused), "email");
        assert!(place.database.list(None, 10).await.unwrap().is_empty());
        assert!(host.told().is_empty());
        // Not even the name.
        accounts.register(form("ada"), LOCALHOST).await.unwrap();
    }
}

#[tokio::test]
async fn an_account_made_at_once_is_told_of() {
    let (_place, accounts, host) = hosted(Verification::Optional, Providers::default()).await;
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

#[tokio::test]
async fn whom_a_provider_sends_is_asked_about_and_told_of_the_first_time() {
    let providers = knowing("ada@example.org");
    let (_place, accounts, host) = hosted(Verification::Required, providers).await;
    for _ in 0..2 {
        let finished = visit(&accounts).await;
        assert!(matches!(finished.outcome, Ok(Outcome::HandedOver(_))));
    }
    assert_eq!(host.asked(), ["ada@example.org"]);
    assert_eq!(host.told(), ["ada"]);
    let asked = host.before.lock().unwrap();
    assert_eq!(asked[0].provider.as_ref().unwrap().as_str(), "somewhere");
    assert_eq!(asked[0].first_name.as_str(), "Ada");
    assert!(asked[0].username.is_none());
}

#[tokio::test]
async fn whom_a_provider_sends_may_be_refused() {
    let providers = knowing("ada@refused.example");
    let (place, accounts, host) = hosted(Verification::Required, providers).await;
    assert_eq!(refused_field(visit(&accounts).await.outcome), "email");
    assert!(place.database.list(None, 10).await.unwrap().is_empty());
    assert!(host.told().is_empty());
}

#[tokio::test]
async fn an_operators_account_is_told_of_without_being_asked_about() {
    let (place, _accounts, host) = hosted(Verification::Required, Providers::default()).await;
    let admin = Admin::new(
        place.stores.clone(),
        Arc::new(place.database.clone()),
        place.sessions.clone(),
        place.limits.clone(),
        place.hasher.clone(),
        auth_core::PasswordPolicy::default(),
    );
    let admin = admin.with_registration_hooks(host.clone());
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
    let password = Password::new(PASSWORD.to_owned());
    let made = admin.create(&by, draft("bob").unwrap(), &password).await;
    made.unwrap();
    assert_eq!(host.told(), ["ada", "bob"]);
    assert!(host.asked().is_empty());
}
