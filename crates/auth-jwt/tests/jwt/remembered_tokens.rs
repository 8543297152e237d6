//! A token that was believed once is not believed for ever.

use std::time::Duration;

use auth_core::Timestamp;
use auth_jwt::Algorithm;

use crate::forge::key_files;
use crate::lab::{ACCESS_TTL, FOLLOWED, LEEWAY, Lab};

const INSTANT: Duration = Duration::from_millis(1);

#[test]
fn a_remembered_token_expires_on_time() {
    for algorithm in Algorithm::ALL {
        let lab = Lab::new(algorithm);
        let token = lab.access_token();
        assert!(lab.accepts(&token));
        let end = Timestamp::from_millis((lab.now() + ACCESS_TTL).as_secs() * 1000) + LEEWAY;
        lab.clock.set(end - INSTANT);
        assert!(lab.accepts(&token), "{algorithm}");
        lab.clock.set(end);
        assert!(!lab.accepts(&token), "{algorithm}");
        assert!(
            !lab.accepts(&token),
            "{algorithm}: not even when it is tried again"
        );
    }
}

#[test]
fn a_server_that_remembers_nothing_decides_alike() {
    for algorithm in Algorithm::ALL {
        let lab = Lab::new(algorithm);
        let (forgetful, token) = (lab.forgetful(), lab.access_token());
        assert!(forgetful.accepts(&token) && forgetful.accepts(&token));
        let forged = format!("{token}A");
        assert!(!forgetful.accepts(&forged), "{algorithm}");
        let end = Timestamp::from_millis((lab.now() + ACCESS_TTL).as_secs() * 1000) + LEEWAY;
        lab.clock.set(end);
        assert!(!forgetful.accepts(&token), "{algorithm}");
    }
}

#[test]
fn a_remembered_token_is_refused_when_the_clock_was_set_back() {
    let lab = Lab::new(Algorithm::EdDsa);
    let (token, now) = (lab.access_token(), lab.now());
    assert!(lab.accepts(&token));
    lab.clock.set(now - Duration::from_secs(120));
    assert!(!lab.accepts(&token));
    lab.clock.set(now);
    assert!(lab.accepts(&token));
}

#[test]
fn a_remembered_token_dies_with_its_key() {
    let lab = Lab::new(Algorithm::EdDsa);
    let other_server = lab.twin();
    let token = lab.access_token();
    let old = lab.ring().list(lab.now()).unwrap().remove(0);
    assert!(lab.accepts(&token) && other_server.accepts(&token));

    let admin = lab.ring();
    admin.rotate(lab.now()).unwrap();
    lab.clock.advance(FOLLOWED);
    assert!(lab.accepts(&token), "a rotation alone harms no older token");
    admin.retire(&old.kid, lab.now()).unwrap();
    lab.clock.advance(FOLLOWED);
    assert!(!lab.accepts(&token) && !other_server.accepts(&token));
}

#[test]
fn another_secret_under_the_same_id_makes_a_remembered_token_unknown() {
    let lab = Lab::new(Algorithm::Hs256);
    let token = lab.access_token();
    lab.clock.advance(FOLLOWED);
    let file = key_files(&lab.key_dir()).remove(0);
    let text = std::fs::read_to_string(&file).unwrap();
    assert!(lab.accepts(&token));

    std::fs::remove_file(&file).unwrap();
    lab.clock.advance(FOLLOWED);
    assert!(!lab.accepts(&token), "its key is gone");

    std::fs::write(
        &file,
        text.chars().rev().collect::<String>().replace('=', "A"),
    )
    .unwrap();
    crate::lab::chmod(&file, 0o600);
    lab.clock.advance(FOLLOWED);
    assert!(!lab.accepts(&token), "its key is another one now");

    std::fs::remove_file(&file).unwrap();
    lab.clock.advance(FOLLOWED);
    assert!(!lab.accepts(&token));
    std::fs::write(&file, text).unwrap();
    crate::lab::chmod(&file, 0o600);
    lab.clock.advance(FOLLOWED);
    assert!(lab.accepts(&token), "its key is back");
}

#[test]
fn a_forgery_of_a_remembered_token_is_not_remembered() {
    let lab = Lab::new(Algorithm::EdDsa);
    let token = lab.access_token();
    let forged = format!("{}AAAA", &token[..token.len() - 4]);
    for _ in 0..3 {
        assert!(lab.accepts(&token));
        assert!(!lab.accepts(&forged));
    }
}
