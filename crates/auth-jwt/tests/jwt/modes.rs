//! The revocation dial, and the rules a strategy accepts.

use std::sync::atomic::Ordering;
use std::time::Duration;

use auth_core::session::{Others, Revoke};
use auth_core::strategy::Revocation;
use auth_core::{AuthError, Credential, RevocationMode, SecretText, Transport, User, UserId};
use auth_jwt::{Algorithm, ConfigError, JwtConfig, JwtFormat};

use crate::lab::{ACCESS_TTL, LEEWAY, Lab, config, registry, strategy, wait};

fn lab(mode: RevocationMode) -> Lab {
    Lab::with_mode(Algorithm::EdDsa, mode)
}

fn sign_out(lab: &Lab) {
    assert_eq!(
        wait(lab.strategy.sessions().revoke(lab.user.id, Revoke::All)).unwrap(),
        1
    );
}

#[test]
fn each_mode_reads_the_store_as_often_as_it_says() {
    for mode in RevocationMode::ALL {
        let lab = lab(mode);
        let token = lab.access_token();
        for _ in 0..10 {
            assert!(lab.accepts(&token));
        }
        let promised = lab.strategy.description().store_reads_per_request;
        let reads = lab.store.reads.load(Ordering::SeqCst);
        assert_eq!(reads, u32::from(promised) * 10, "{mode}");
    }
}

#[test]
fn a_forged_token_costs_no_read() {
    for mode in RevocationMode::ALL {
        let lab = lab(mode);
        assert!(!lab.accepts(&format!("{}AAAA", lab.access_token())));
        assert_eq!(lab.store.reads.load(Ordering::SeqCst), 0, "{mode}");
    }
}

#[test]
fn each_mode_says_how_soon_a_revoked_token_dies() {
    let description = |mode| lab(mode).strategy.description();
    let clocks_apart = Duration::from_secs(60);
    let within = Revocation::Within(ACCESS_TTL + LEEWAY + clocks_apart);
    assert_eq!(description(RevocationMode::Stateless).revocation, within);
    for mode in [RevocationMode::Denylist, RevocationMode::Checked] {
        assert_eq!(description(mode).revocation, Revocation::BeforeAnswer);
    }
    for mode in RevocationMode::ALL {
        assert_eq!(description(mode).name, "jwt");
        assert_eq!(description(mode).transport, Transport::Bearer);
    }
}

#[test]
fn with_denylist_and_checked_a_revoked_token_dies_at_once() {
    for mode in [RevocationMode::Denylist, RevocationMode::Checked] {
        let lab = lab(mode);
        let token = lab.access_token();
        assert!(lab.accepts(&token));
        sign_out(&lab);
        assert!(!lab.accepts(&token), "{mode}");
    }
}

#[test]
fn stateless_a_revoked_token_dies_within_the_promised_time() {
    let lab = lab(RevocationMode::Stateless);
    let token = lab.access_token();
    sign_out(&lab);
    assert!(lab.accepts(&token));
    lab.clock.advance(ACCESS_TTL + LEEWAY);
    assert!(!lab.accepts(&token));
}

#[test]
fn a_store_that_is_down_says_neither_yes_nor_no() {
    for mode in [RevocationMode::Denylist, RevocationMode::Checked] {
        let lab = lab(mode);
        let token = lab.access_token();
        lab.store.down.store(true, Ordering::SeqCst);
        let answer = lab.try_authenticate(&token);
        assert!(matches!(answer, Err(AuthError::Unavailable(_))), "{mode}");
        lab.store.down.store(false, Ordering::SeqCst);
        assert!(lab.accepts(&token), "{mode}");
    }
}

#[test]
fn stateless_works_without_the_store() {
    let lab = lab(RevocationMode::Stateless);
    let token = lab.access_token();
    lab.store.down.store(true, Ordering::SeqCst);
    assert!(lab.accepts(&token));
}

#[test]
fn the_owner_is_passed_along_when_looking_up_came_for_free() {
    let user = |mode, knows_owners| {
        let lab = lab(mode);
        lab.store.knows_owners.store(knows_owners, Ordering::SeqCst);
        lab.authenticate(&lab.access_token())
            .unwrap()
            .user
            .is_some()
    };
    assert!(!user(RevocationMode::Stateless, true));
    assert!(!user(RevocationMode::Denylist, false));
    assert!(user(RevocationMode::Denylist, true));
    assert!(user(RevocationMode::Checked, false));
    assert!(user(RevocationMode::Checked, true));
}

#[test]
fn checked_sees_a_disabled_user_and_new_credentials() {
    let changes: [fn(&mut User); 2] = [
        |user| user.disabled = true,
        |user| user.credentials_version += 1,
    ];
    for change in changes {
        let lab = lab(RevocationMode::Checked);
        let token = lab.access_token();
        assert!(lab.accepts(&token));
        let mut user = lab.user.clone();
        change(&mut user);
        lab.store.put_user(user);
        assert!(!lab.accepts(&token));
    }
}

#[test]
fn denylist_and_checked_compare_the_owner_of_the_session() {
    for mode in [RevocationMode::Denylist, RevocationMode::Checked] {
        let lab = lab(mode);
        let forge = lab.forge();
        assert!(lab.accepts(&forge.again()), "{mode}");
        let stranger = auth_core::User {
            id: UserId::generate(),
            ..lab.user.clone()
        };
        lab.store.put_user(stranger.clone());
        let forged = forge.with_claim("sub", stranger.id.to_string());
        assert!(!lab.accepts(&forged), "{mode}");
    }
}

#[test]
fn what_the_store_has_lost_is_dead() {
    for mode in [RevocationMode::Denylist, RevocationMode::Checked] {
        let lab = lab(mode);
        let token = lab.access_token();
        lab.store.forget_sessions();
        assert!(!lab.accepts(&token), "{mode}");
    }
}

#[test]
fn a_token_says_the_version_of_the_credentials() {
    for mode in RevocationMode::ALL {
        let lab = lab(mode);
        let user = auth_core::User {
            credentials_version: 7,
            ..lab.user.clone()
        };
        lab.store.put_user(user.clone());
        let device = crate::lab::device();
        let issued = wait(lab.strategy.issue(&user, lab.proof(), &device));
        let access = crate::lab::tokens(issued.unwrap()).access;
        assert_eq!(
            lab.authenticate(&access).unwrap().credentials_version,
            7,
            "{mode}"
        );
    }
}

/// As servers of older versions issue them.
#[test]
fn a_token_without_a_version_is_looked_up_in_every_mode() {
    for mode in RevocationMode::ALL {
        let lab = lab(mode);
        let old = lab.forge().without_claim("cred_ver");
        assert_eq!(
            lab.authenticate(&old).unwrap().credentials_version,
            0,
            "{mode}"
        );
        let changed = auth_core::User {
            credentials_version: 1,
            ..lab.user.clone()
        };
        lab.store.put_user(changed);
        assert!(!lab.accepts(&old), "{mode}");
        lab.store.put_user(lab.user.clone());
        assert!(lab.accepts(&old), "{mode}");
        sign_out(&lab);
        assert!(!lab.accepts(&old), "{mode}");
    }
}

#[test]
fn an_expired_token_still_tells_whose_session_to_end() {
    let lab = lab(RevocationMode::Denylist);
    let signed_in = lab.sign_in();
    let session = (lab.user.id, signed_in.issued.session.id);
    lab.clock.advance(ACCESS_TTL * 2);
    assert!(!lab.accepts(&signed_in.access));
    let trace = |credential| wait(lab.strategy.trace(&credential)).unwrap();
    let expired = Credential::Access(Transport::Bearer, SecretText::new(&*signed_in.access));
    assert_eq!(trace(expired), Some(session));
    let refresh = Credential::Refresh(signed_in.refresh.clone());
    assert_eq!(trace(refresh), Some(session));
    let forged = format!("{}AAAA", signed_in.access);
    assert_eq!(
        trace(Credential::Access(
            Transport::Bearer,
            SecretText::new(forged)
        )),
        None
    );
}

#[test]
fn a_server_that_issues_longer_tokens_is_believed_while_it_is_there() {
    let lab = lab(RevocationMode::Denylist);
    let forge = lab.forge();
    let longer = forge.with_claim("exp", forge.time("exp", 600));
    assert!(!lab.accepts(&longer));
    let peers = registry(&lab.store, &lab.clock);
    let mode = RevocationMode::Denylist;
    let strategy = strategy(peers.clone(), lab.ring(), config(), mode);
    let believes = || {
        let credential = Credential::Access(Transport::Bearer, SecretText::new(&*longer));
        wait(strategy.authenticate(&credential)).unwrap().is_some()
    };
    assert!(!believes());
    let note = |longest_ttl| {
        peers.peers().note(Others {
            longest_ttl,
            ..Others::default()
        })
    };
    note(ACCESS_TTL + Duration::from_secs(600));
    assert!(believes());
    note(Duration::ZERO);
    assert!(!believes());
}

#[test]
fn rules_that_cannot_be_kept_are_refused_with_the_remedy() {
    let lab = lab(RevocationMode::Stateless);
    let refusal = |change: fn(&mut JwtConfig)| {
        let mut config = config();
        change(&mut config);
        JwtFormat::new(lab.ring(), config).err().unwrap()
    };
    let ttl = refusal(|config| config.access_ttl = Duration::from_millis(999));
    assert_eq!(ttl, ConfigError::AccessTtl);
    assert!(ttl.to_string().contains("1s"));
    assert_eq!(
        refusal(|config| config.issuer.clear()),
        ConfigError::Parties
    );
    assert_eq!(
        refusal(|config| config.audience.clear()),
        ConfigError::Parties
    );
    assert_eq!(
        refusal(|config| config.audience = "a".repeat(513)),
        ConfigError::Parties
    );
}
