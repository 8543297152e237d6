//! Keys change while the servers run.

use std::time::Duration;

use auth_core::AuthError;
use auth_jwt::{Algorithm, KeyError, KeyState};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde_json::Value;

use crate::lab::{FOLLOWED, Lab, device, wait};

fn kid(token: &str) -> String {
    let header = URL_SAFE_NO_PAD
        .decode(token.split('.').next().unwrap())
        .unwrap();
    let header: Value = serde_json::from_slice(&header).unwrap();
    header["kid"].as_str().unwrap().to_owned()
}

#[test]
fn old_tokens_verify_and_new_ones_use_the_new_key_until_the_old_one_is_retired() {
    for algorithm in Algorithm::ALL {
        let lab = Lab::new(algorithm);
        let admin = lab.ring();
        let old_token = lab.access_token();
        lab.clock.advance(Duration::from_secs(60));
        let new = admin.rotate(lab.now()).unwrap();
        lab.clock.advance(FOLLOWED);
        let new_token = lab.access_token();
        assert_ne!(kid(&old_token), kid(&new_token));
        assert_eq!(kid(&new_token), new.kid);
        assert!(
            lab.accepts(&old_token) && lab.accepts(&new_token),
            "{algorithm}"
        );

        admin.retire(&kid(&old_token), lab.now()).unwrap();
        lab.clock.advance(FOLLOWED);
        assert!(!lab.accepts(&old_token), "{algorithm}");
        assert!(lab.accepts(&new_token), "{algorithm}");
    }
}

#[test]
fn no_server_is_ever_shown_a_token_that_it_cannot_verify() {
    let lab = Lab::new(Algorithm::EdDsa);
    let before = kid(&lab.access_token());
    // Each looks at the ring at a moment of its own.
    let servers = [(); 3].map(|()| {
        lab.clock.advance(Duration::from_millis(1600));
        lab.twin()
    });
    lab.ring().rotate(lab.now()).unwrap();
    for _ in 0..60 {
        for server in &servers {
            let token = server.access_token();
            assert!(servers.iter().all(|other| other.accepts(&token)));
        }
        lab.clock.advance(Duration::from_millis(100));
    }
    let after = servers.each_ref().map(|server| kid(&server.access_token()));
    assert!(after.iter().all(|kid| *kid != before));
}

#[test]
fn a_lone_key_signs_at_once() {
    let lab = Lab::new(Algorithm::EdDsa);
    let admin = lab.ring();
    let old = kid(&lab.access_token());
    let new = admin.rotate(lab.now()).unwrap();
    admin.retire(&old, lab.now()).unwrap();
    let server = lab.twin();
    assert_eq!(kid(&server.access_token()), new.kid);
}

#[test]
fn retiring_in_the_same_process_works_at_once() {
    let lab = Lab::new(Algorithm::EdDsa);
    let ring = lab.ring();
    let old = ring.list(lab.now()).unwrap().remove(0);
    ring.rotate(lab.now()).unwrap();
    ring.retire(&old.kid, lab.now()).unwrap();
    let left = ring.list(lab.now()).unwrap();
    assert_eq!(left.len(), 1);
    assert_eq!(left[0].state, KeyState::Active);
    assert_ne!(left[0].kid, old.kid);
}

#[test]
fn the_list_says_which_key_is_active() {
    let lab = Lab::new(Algorithm::EdDsa);
    let ring = lab.ring();
    let first = ring.list(lab.now()).unwrap().remove(0);
    assert_eq!(first.state, KeyState::Active);
    assert_eq!(first.created_at, lab.now());
    lab.clock.advance(Duration::from_secs(1));
    let second = ring.rotate(lab.now()).unwrap();
    assert_eq!(second.state, KeyState::Active);
    let states: Vec<_> = ring
        .list(lab.now())
        .unwrap()
        .into_iter()
        .map(|k| (k.kid, k.state))
        .collect();
    assert_eq!(
        states,
        [
            (first.kid, KeyState::Retiring),
            (second.kid, KeyState::Active)
        ]
    );
}

#[test]
fn the_active_and_an_unknown_key_are_not_retired() {
    let lab = Lab::new(Algorithm::EdDsa);
    let ring = lab.ring();
    let active = ring.list(lab.now()).unwrap().remove(0).kid;
    let error = ring.retire(&active, lab.now()).unwrap_err();
    assert!(error.to_string().contains("rotate the keys"), "{error}");
    for unknown in ["", "nonsense", "../../etc/passwd", ".lock"] {
        let error = ring.retire(unknown, lab.now()).unwrap_err();
        assert!(
            matches!(error, KeyError::Unknown { .. }),
            "{unknown}: {error}"
        );
    }
    assert_eq!(ring.list(lab.now()).unwrap().len(), 1);
    assert!(lab.accepts(&lab.access_token()));
}

#[test]
fn a_key_made_while_the_clock_is_slow_is_the_active_one_all_the_same() {
    let lab = Lab::new(Algorithm::EdDsa);
    let ring = lab.ring();
    let earlier = lab.now() - Duration::from_secs(3600);
    let new = ring.rotate(earlier).unwrap();
    assert_eq!(new.state, KeyState::Active);
    let newer = ring.rotate(earlier).unwrap();
    assert_eq!(ring.list(earlier).unwrap().pop(), Some(newer.clone()));
    lab.clock.advance(Duration::from_secs(60));
    assert_eq!(kid(&lab.twin().access_token()), newer.kid);
}

#[test]
fn a_server_follows_although_its_clock_was_set_back() {
    let lab = Lab::new(Algorithm::EdDsa);
    let ring = lab.ring();
    let old = lab.access_token();
    ring.rotate(lab.now()).unwrap();
    ring.retire(&kid(&old), lab.now()).unwrap();
    lab.clock.set(lab.now() - FOLLOWED);
    assert!(!lab.accepts(&old));
}

#[test]
fn servers_that_sign_with_different_algorithms_believe_each_other() {
    let lab = Lab::new(Algorithm::EdDsa);
    let others = [
        lab.twin_with(Algorithm::Es256),
        lab.twin_with(Algorithm::Hs256),
    ];
    lab.clock.advance(FOLLOWED);
    let token = lab.access_token();
    for other in &others {
        assert!(other.accepts(&token));
        assert!(lab.accepts(&other.access_token()));
    }
    assert_eq!(lab.ring().list(lab.now()).unwrap().len(), 3);
}

#[test]
fn without_its_directory_a_server_is_unavailable_and_recovers_alone() {
    let lab = Lab::new(Algorithm::EdDsa);
    let token = lab.access_token();
    let away = lab.dir.path().join("away");
    std::fs::rename(lab.key_dir(), &away).unwrap();
    assert!(lab.accepts(&token), "nobody has looked yet");

    lab.clock.advance(FOLLOWED);
    let refused = lab.try_authenticate(&token);
    assert!(matches!(refused, Err(AuthError::Unavailable(_))));
    let sessions = lab.store.sessions();
    let issued = wait(lab.strategy.issue(&lab.user, lab.proof(), &device()));
    assert!(matches!(issued, Err(AuthError::Unavailable(_))));
    assert_eq!(
        lab.store.sessions(),
        sessions,
        "no session was opened in vain"
    );
    assert_eq!(lab.jwks()["keys"].as_array().unwrap().len(), 1);

    std::fs::rename(&away, lab.key_dir()).unwrap();
    lab.clock.advance(FOLLOWED);
    assert!(lab.accepts(&token));
}

#[test]
fn the_ring_is_not_read_more_often_than_every_five_seconds() {
    let lab = Lab::new(Algorithm::EdDsa);
    let forge = lab.forge();
    let stranger = forge.with_header("kid", "unknown");
    std::fs::rename(lab.key_dir(), lab.dir.path().join("away")).unwrap();
    lab.clock.advance(FOLLOWED - Duration::from_millis(1));
    // Whoever looked would find the directory gone.
    assert!(!lab.accepts(&stranger));
    assert!(lab.accepts(forge.genuine()));
}
