//! Signing in, staying signed in, signing out.

use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Duration;

use auth_core::session::{Revoke, SecretKind};
use auth_core::strategy::{Carrier, RefreshRequest, Refreshed};
use auth_core::{AuthError, Credential, RevocationMode, Secret, SecretText, Transport};
use auth_jwt::Algorithm;

use crate::lab::{ABSOLUTE, ACCESS_TTL, AUDIENCE, IDLE, ISSUER, LEEWAY, Lab, REUSE_WINDOW, Tokens};
use crate::lab::{config, registry, strategy, tokens, wait};
use crate::stores::FakeClock;

fn refresh(lab: &Lab, secret: &Secret) -> Refreshed {
    wait(lab.strategy.refresh(by_body(secret))).unwrap()
}

fn by_body(secret: &Secret) -> RefreshRequest<'_> {
    RefreshRequest {
        secret,
        carrier: Carrier::Body,
        can_keep: None,
    }
}

fn granted(lab: &Lab, secret: &Secret) -> Tokens {
    match refresh(lab, secret) {
        Refreshed::Granted(issued) => tokens(*issued),
        other => panic!("{other:?}"),
    }
}

#[test]
fn a_sign_in_gives_a_pair_of_tokens_for_one_session() {
    let lab = Lab::new(Algorithm::EdDsa);
    let signed_in = lab.sign_in();
    let session = &signed_in.issued.session;
    assert_eq!(session.kind, SecretKind::Refresh);
    assert_eq!(session.user_id, lab.user.id);
    assert_eq!(signed_in.issued.user.id, lab.user.id);
    assert_eq!(signed_in.expires_in, ACCESS_TTL);
    let who = lab.authenticate(&signed_in.access).unwrap();
    assert_eq!((who.user_id, who.session_id), (lab.user.id, session.id));
    assert_eq!(who.auth_time.as_secs(), session.auth_time.as_secs());
}

#[test]
fn an_access_token_says_what_it_should_and_no_more() {
    for algorithm in Algorithm::ALL {
        let lab = Lab::new(algorithm);
        let forge = lab.forge();
        let names = |value: &serde_json::Value| -> Vec<String> {
            value.as_object().unwrap().keys().cloned().collect()
        };
        assert_eq!(names(&forge.header), ["alg", "kid", "typ"]);
        assert_eq!(forge.header["alg"], algorithm.as_str());
        assert_eq!(forge.header["typ"], "at+jwt");
        let claims = [
            "aud",
            "auth_time",
            "cred_ver",
            "exp",
            "iat",
            "iss",
            "jti",
            "sid",
            "sub",
        ];
        assert_eq!(names(&forge.claims), claims);
        assert_eq!(forge.claims["iss"], ISSUER);
        assert_eq!(forge.claims["aud"], AUDIENCE);
        assert_eq!(forge.claims["iat"], lab.now().as_secs());
        assert_eq!(forge.claims["exp"], (lab.now() + ACCESS_TTL).as_secs());
    }
}

#[test]
fn no_two_tokens_are_the_same() {
    let lab = Lab::new(Algorithm::EdDsa);
    let first = lab.sign_in();
    let second = granted(&lab, &first.refresh);
    assert_ne!(first.access, second.access);
}

#[test]
fn refreshing_rotates_both_tokens_and_keeps_session_and_auth_time() {
    let lab = Lab::new(Algorithm::EdDsa);
    let first = lab.sign_in();
    lab.clock.advance(Duration::from_secs(200));
    let second = granted(&lab, &first.refresh);
    assert_ne!(first.refresh.hash(), second.refresh.hash());
    assert_eq!(first.issued.session.id, second.issued.session.id);
    let (before, after) = (
        lab.authenticate(&first.access),
        lab.authenticate(&second.access),
    );
    assert_eq!(before.unwrap().auth_time, after.unwrap().auth_time);
}

#[test]
fn a_refresh_repeated_at_once_gets_the_same_successor() {
    let lab = Lab::new(Algorithm::EdDsa);
    let first = lab.sign_in();
    let second = granted(&lab, &first.refresh);
    lab.clock.advance(REUSE_WINDOW - Duration::from_millis(1));
    let again = granted(&lab, &first.refresh);
    assert_eq!(second.refresh.hash(), again.refresh.hash());
    assert!(lab.accepts(&second.access) && lab.accepts(&again.access));
}

#[test]
fn a_refresh_repeated_after_its_successor_was_used_ends_the_session() {
    let lab = Lab::with_mode(Algorithm::EdDsa, RevocationMode::Denylist);
    let first = lab.sign_in();
    let lost = granted(&lab, &first.refresh);
    lab.clock.advance(REUSE_WINDOW);
    let again = granted(&lab, &first.refresh);
    assert_eq!(lost.refresh.hash(), again.refresh.hash());
    let second = granted(&lab, &again.refresh);
    let reused = refresh(&lab, &first.refresh);
    assert!(matches!(reused, Refreshed::Reused(user) if user == lab.user.id));
    assert!(matches!(refresh(&lab, &second.refresh), Refreshed::Refused));
    assert!(!lab.accepts(&first.access) && !lab.accepts(&second.access));
}

/// Half a minute, which is less than the leeway.
#[test]
fn servers_whose_clocks_are_apart_get_along() {
    let lab = Lab::with_mode(Algorithm::EdDsa, RevocationMode::Denylist);
    let clock = Arc::new(FakeClock::default());
    clock.set(lab.now() - Duration::from_secs(30));
    let mode = RevocationMode::Denylist;
    let behind = strategy(registry(&lab.store, &clock), lab.ring(), config(), mode);
    let first = lab.sign_in();
    let credential = Credential::Access(Transport::Bearer, SecretText::new(first.access.clone()));
    assert!(wait(behind.authenticate(&credential)).unwrap().is_some());
    let Refreshed::Granted(there) = wait(behind.refresh(by_body(&first.refresh))).unwrap() else {
        panic!("the server that is behind refuses the refresh");
    };
    let here = granted(&lab, &first.refresh);
    assert_eq!(tokens(*there).refresh.hash(), here.refresh.hash());
    assert!(lab.accepts(&here.access));
}

#[test]
fn an_unknown_refresh_token_is_refused() {
    let lab = Lab::new(Algorithm::EdDsa);
    lab.sign_in();
    assert!(matches!(
        refresh(&lab, &Secret::generate()),
        Refreshed::Refused
    ));
}

#[test]
fn a_refresh_token_is_no_cookie_and_no_access_token() {
    let lab = Lab::new(Algorithm::EdDsa);
    let refresh = lab.sign_in().refresh;
    assert!(!lab.accepts(&refresh.reveal()));
    let cookie = wait(lab.strategy.authenticate(&Credential::Refresh(refresh)));
    assert!(cookie.unwrap().is_none());
}

#[test]
fn a_disabled_user_gets_no_fresh_tokens() {
    let lab = Lab::new(Algorithm::EdDsa);
    let signed_in = lab.sign_in();
    lab.store.put_user(auth_core::User {
        disabled: true,
        ..lab.user.clone()
    });
    assert!(matches!(
        refresh(&lab, &signed_in.refresh),
        Refreshed::Refused
    ));
    let issued = wait(
        lab.strategy
            .issue(&lab.user, lab.proof(), &crate::lab::device()),
    );
    assert!(matches!(issued, Err(AuthError::InvalidCredentials)));
}

#[test]
fn an_access_token_does_not_outlive_its_session() {
    let lab = Lab::new(Algorithm::EdDsa);
    let mut current = lab.sign_in();
    let end = lab.now() + ABSOLUTE;
    while lab.now() + ACCESS_TTL < end {
        lab.clock.advance(ACCESS_TTL - Duration::from_secs(7));
        current = granted(&lab, &current.refresh);
    }
    assert!(current.expires_in < ACCESS_TTL);
    assert_eq!(current.expires_in, end.since(lab.now()));
    lab.clock.set(end + LEEWAY);
    assert!(!lab.accepts(&current.access));
    assert!(matches!(
        refresh(&lab, &current.refresh),
        Refreshed::Refused
    ));
}

#[test]
fn an_idle_session_gives_no_fresh_tokens() {
    let lab = Lab::new(Algorithm::EdDsa);
    let signed_in = lab.sign_in();
    lab.clock.advance(IDLE);
    assert!(matches!(
        refresh(&lab, &signed_in.refresh),
        Refreshed::Refused
    ));
}

#[test]
fn a_revoked_session_stays_denied_as_long_as_any_of_its_tokens_lives() {
    let lab = Lab::with_mode(Algorithm::EdDsa, RevocationMode::Denylist);
    let stateless = lab.twin();
    let first = lab.sign_in();
    let second = granted(&lab, &first.refresh);
    lab.clock.advance(REUSE_WINDOW - Duration::from_millis(1));
    // Issued later than the registry last noted how long tokens live.
    let again = granted(&lab, &first.refresh);
    let one = Revoke::One(first.issued.session.id);
    assert_eq!(
        wait(lab.strategy.sessions().revoke(lab.user.id, one)).unwrap(),
        1
    );
    let tokens = [&first.access, &second.access, &again.access];
    while tokens.iter().any(|token| stateless.accepts(token)) {
        assert!(tokens.iter().all(|token| !lab.accepts(token)));
        lab.clock.advance(Duration::from_millis(250));
    }
    assert!(tokens.iter().all(|token| !lab.accepts(token)));
}

#[test]
fn revoking_concerns_whom_it_should() {
    let lab = Lab::with_mode(Algorithm::EdDsa, RevocationMode::Denylist);
    let [phone, laptop, tablet] = [lab.sign_in(), lab.sign_in(), lab.sign_in()];
    let others = Revoke::Others(laptop.issued.session.id);
    assert_eq!(
        wait(lab.strategy.sessions().revoke(lab.user.id, others)).unwrap(),
        2
    );
    assert!(lab.accepts(&laptop.access));
    assert!(!lab.accepts(&phone.access) && !lab.accepts(&tablet.access));
    let listed = wait(lab.strategy.sessions().list(&lab.user)).unwrap();
    assert_eq!(listed.len(), 1);
    assert_eq!(listed[0].id, laptop.issued.session.id);
    assert_eq!(
        wait(lab.strategy.sessions().revoke(lab.user.id, Revoke::All)).unwrap(),
        1
    );
    assert!(!lab.accepts(&laptop.access));
    assert!(matches!(refresh(&lab, &laptop.refresh), Refreshed::Refused));
}

#[test]
fn a_store_that_is_down_spends_nothing() {
    let lab = Lab::new(Algorithm::EdDsa);
    let signed_in = lab.sign_in();
    lab.store.down.store(true, Ordering::SeqCst);
    let failed = wait(lab.strategy.refresh(by_body(&signed_in.refresh)));
    assert!(matches!(failed, Err(AuthError::Unavailable(_))));
    lab.store.down.store(false, Ordering::SeqCst);
    granted(&lab, &signed_in.refresh);
}
