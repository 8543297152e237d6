//! The files of a key ring.

use std::fs;
use std::os::unix::fs::MetadataExt as _;
use std::path::Path;
use std::process::{Child, Command, Stdio};

use auth_core::{Clock as _, SystemClock, Timestamp};
use auth_jwt::{Algorithm, KeyError, KeyRing};
use jsonwebtoken::{Algorithm as Jws, DecodingKey, crypto};
use serde_json::{Value, json};

use crate::forge::key_files;
use crate::lab::{FOLLOWED, Lab, chmod};

const NOW: Timestamp = Timestamp::from_millis(1_900_000_000_000);

fn mode(path: &Path) -> u32 {
    fs::metadata(path).unwrap().mode() & 0o7777
}

fn kids(ring: &KeyRing) -> Vec<String> {
    let keys = ring.list(NOW).unwrap();
    keys.into_iter().map(|key| key.kid).collect()
}

#[test]
fn the_first_start_makes_one_private_key_and_later_ones_find_it() {
    for algorithm in Algorithm::ALL {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("not").join("there").join("yet");
        let first = kids(&KeyRing::open(&path, algorithm, NOW).unwrap());
        let second = kids(&KeyRing::open(&path, algorithm, NOW).unwrap());
        assert_eq!((first.len(), &first), (1, &second), "{algorithm}");
        assert_eq!(mode(&path), 0o700);
        for entry in fs::read_dir(&path).unwrap() {
            assert_eq!(mode(&entry.unwrap().path()), 0o600);
        }
        assert_eq!(key_files(&path).len(), 1);
    }
}

#[test]
fn a_secret_has_a_random_id_and_enough_bytes() {
    let lab = Lab::new(Algorithm::Hs256);
    let kid = kids(&lab.ring()).remove(0);
    assert!(kid.parse::<uuid::Uuid>().is_ok(), "{kid}");
    let text = fs::read_to_string(&key_files(&lab.key_dir())[0]).unwrap();
    use base64::Engine as _;
    let secret = base64::engine::general_purpose::STANDARD
        .decode(text.trim())
        .unwrap();
    assert_eq!(secret.len(), 32);
}

/// What a child process of the next test runs: opens the ring once its input ends.
#[test]
fn opens_the_ring_named_in_the_environment() {
    let Ok(path) = std::env::var("AUTH_JWT_TEST_RING") else {
        return;
    };
    std::io::copy(&mut std::io::stdin(), &mut std::io::sink()).unwrap();
    let ring = KeyRing::open(Path::new(&path), Algorithm::EdDsa, SystemClock.now()).unwrap();
    println!("ring: {}", kids(&ring).join(","));
}

fn process_that_opens(path: &Path) -> Child {
    let this_test = "key_directory::opens_the_ring_named_in_the_environment";
    Command::new(std::env::current_exe().unwrap())
        .args(["--exact", this_test, "--nocapture"])
        .env("AUTH_JWT_TEST_RING", path)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap()
}

#[test]
fn processes_that_start_at_once_end_up_with_one_key() {
    for _ in 0..5 {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("keys");
        let mut processes: Vec<Child> = (0..8).map(|_| process_that_opens(&path)).collect();
        for process in &mut processes {
            drop(process.stdin.take());
        }
        let mut rings: Vec<String> = processes
            .into_iter()
            .map(|process| {
                let output = process.wait_with_output().unwrap();
                let text = String::from_utf8(output.stdout).unwrap();
                let ring = text.split("ring: ").nth(1).unwrap();
                ring.lines().next().unwrap().to_owned()
            })
            .collect();
        assert_eq!(rings.len(), 8);
        rings.dedup();
        assert_eq!(rings.len(), 1, "{rings:?}");
        assert!(!rings[0].contains(','), "{rings:?}");
        assert_eq!(key_files(&path).len(), 1);
    }
}

#[test]
fn threads_that_rotate_at_once_lose_no_key() {
    let lab = Lab::new(Algorithm::EdDsa);
    let ring = lab.ring();
    std::thread::scope(|scope| {
        for _ in 0..8 {
            scope.spawn(|| ring.rotate(NOW).unwrap());
            scope.spawn(|| lab.ring().rotate(NOW).unwrap());
        }
    });
    assert_eq!(kids(&lab.ring()).len(), 17);
    assert_eq!(key_files(&lab.key_dir()).len(), 17);
}

#[test]
fn what_others_can_read_is_refused_with_the_remedy() {
    let lab = Lab::new(Algorithm::EdDsa);
    let open = || KeyRing::open(&lab.key_dir(), Algorithm::EdDsa, NOW);
    let file = key_files(&lab.key_dir()).remove(0);
    for exposed in [0o640, 0o604, 0o644, 0o620, 0o666] {
        chmod(&file, exposed);
        let error = open().unwrap_err().to_string();
        assert!(
            error.contains(&format!("chmod 600 {}", file.display())),
            "{error}"
        );
    }
    chmod(&file, 0o600);
    for exposed in [0o750, 0o755, 0o777] {
        chmod(&lab.key_dir(), exposed);
        let error = open().unwrap_err().to_string();
        assert!(error.contains("chmod 700"), "{error}");
    }
    chmod(&lab.key_dir(), 0o700);
    assert!(open().is_ok());
}

#[test]
fn a_broken_file_stops_the_start_and_harms_no_running_server() {
    let lab = Lab::new(Algorithm::EdDsa);
    let token = lab.access_token();
    let broken = lab.key_dir().join("1900000000001.EdDSA.kid.key");
    fs::write(&broken, "nonsense").unwrap();
    chmod(&broken, 0o600);
    let error = KeyRing::open(&lab.key_dir(), Algorithm::EdDsa, NOW).unwrap_err();
    assert!(matches!(error, KeyError::Unfit { .. }), "{error}");
    assert!(error.to_string().contains("openssl genpkey"), "{error}");
    lab.clock.advance(FOLLOWED);
    assert!(lab.accepts(&token) && lab.accepts(&lab.access_token()));
}

#[test]
fn a_file_whose_key_is_not_the_named_one_is_refused() {
    let lab = Lab::new(Algorithm::EdDsa);
    let ring = lab.ring();
    ring.rotate(NOW).unwrap();
    let files = key_files(&lab.key_dir());
    fs::copy(&files[0], &files[1]).unwrap();
    let error = KeyRing::open(&lab.key_dir(), Algorithm::EdDsa, NOW).unwrap_err();
    assert!(matches!(error, KeyError::Misnamed { .. }), "{error}");
}

#[test]
fn what_is_no_key_file_is_left_alone() {
    let lab = Lab::new(Algorithm::EdDsa);
    for name in [
        "README",
        "x.key",
        ".draft",
        "1.EdDSA.key",
        "1.PS256.kid.key",
        "1.EdDSA.a.b.key",
    ] {
        fs::write(lab.key_dir().join(name), "something").unwrap();
    }
    assert_eq!(kids(&lab.ring()).len(), 1);
    lab.ring().rotate(NOW).unwrap();
    assert_eq!(kids(&lab.ring()).len(), 2);
    assert!(lab.key_dir().join("README").exists());
}

#[test]
fn a_directory_that_cannot_be_made_is_named() {
    let dir = tempfile::tempdir().unwrap();
    let file = dir.path().join("file");
    fs::write(&file, "").unwrap();
    let error = KeyRing::open(&file.join("keys"), Algorithm::EdDsa, NOW).unwrap_err();
    let error = error.to_string();
    assert!(
        error.contains("file/keys") && error.contains("writable"),
        "{error}"
    );
}

#[test]
fn the_key_set_shows_public_halves_only() {
    let members = |algorithm| -> Vec<String> {
        let set = Lab::new(algorithm).jwks();
        assert_eq!(set.as_object().unwrap().len(), 1);
        let keys = set["keys"].as_array().unwrap();
        let names = |key: &Value| key.as_object().unwrap().keys().cloned().collect::<Vec<_>>();
        keys.iter().flat_map(names).collect()
    };
    assert_eq!(
        members(Algorithm::EdDsa),
        ["alg", "crv", "kid", "kty", "use", "x"]
    );
    assert_eq!(
        members(Algorithm::Es256),
        ["alg", "crv", "kid", "kty", "use", "x", "y"]
    );
    assert_eq!(
        members(Algorithm::Rs256),
        ["alg", "e", "kid", "kty", "n", "use"]
    );
    assert!(members(Algorithm::Hs256).is_empty());
}

#[test]
fn the_key_set_verifies_the_tokens() {
    for algorithm in [Algorithm::EdDsa, Algorithm::Es256, Algorithm::Rs256] {
        let lab = Lab::new(algorithm);
        let token = lab.access_token();
        let jwk = lab.jwks()["keys"][0].clone();
        assert_eq!(jwk["alg"], json!(algorithm.as_str()));
        assert_eq!(jwk["use"], json!("sig"));
        assert_eq!(jwk["kid"], lab.forge().header["kid"]);
        let key = DecodingKey::from_jwk(&serde_json::from_value(jwk).unwrap()).unwrap();
        let (message, signature) = token.rsplit_once('.').unwrap();
        let jws: Jws = algorithm.to_string().parse().unwrap();
        assert!(crypto::verify(signature, message.as_bytes(), &key, jws).unwrap());
    }
}

#[test]
fn a_new_key_is_shown_before_it_signs() {
    let lab = Lab::new(Algorithm::EdDsa);
    let new = lab.ring().rotate(lab.now()).unwrap();
    let server = lab.twin();
    let shown = server.jwks()["keys"].to_string();
    assert!(shown.contains(&new.kid));
    assert_ne!(server.forge().header["kid"], json!(new.kid));
}
