//! Published keys and their change.

use auth_dev_provider::Misbehaviour;

use crate::lab::{Jwt, Lab};

#[tokio::test]
async fn a_changed_key_stays_published_for_one_turn() {
    let lab = Lab::new();
    let before = Jwt::of(&lab.sign_in(&[]).await);
    let first = lab.kids().await;
    lab.provider.rotate_key().unwrap();
    let second = lab.kids().await;
    assert_eq!(second.len(), 2);
    assert_eq!(second[0], first[0]);
    assert!(lab.is_signed(&before).await);
    let after = Jwt::of(&lab.sign_in(&[]).await);
    assert_eq!(after.header["kid"], second[1].as_str());
    lab.provider.rotate_key().unwrap();
    let third = lab.kids().await;
    assert_eq!(third.len(), 2);
    assert_eq!(third[0], second[1]);
    assert!(!lab.is_signed(&before).await);
    assert!(lab.is_signed(&after).await);
}

#[tokio::test]
async fn of_several_keys_the_last_one_signs() {
    let lab = Lab::new();
    let signer = lab.kids().await.remove(0);
    for count in [3, 2, 1, 0] {
        lab.provider.publish_keys(count).unwrap();
        let kids = lab.kids().await;
        assert_eq!(kids.len(), count.max(1));
        assert_eq!(kids.last(), Some(&signer));
        let token = Jwt::of(&lab.sign_in(&[]).await);
        assert_eq!(token.header["kid"], signer.as_str());
    }
}

#[tokio::test]
async fn a_change_just_before_signing_uses_a_key_nobody_has_seen() {
    let lab = Lab::new();
    let seen = lab.kids().await;
    let tokens = lab.sign_in_with(Misbehaviour::RotateBeforeSigning).await;
    let token = Jwt::of(&tokens);
    let kid = token.header["kid"].as_str().unwrap().to_owned();
    assert!(!seen.contains(&kid));
    assert_eq!(lab.kids().await, [seen[0].clone(), kid]);
    assert!(lab.is_signed(&token).await);
}
