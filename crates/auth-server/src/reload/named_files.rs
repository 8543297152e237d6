//! The files that settings name: what they say belongs to what the settings say.

use std::fs;
use std::path::{Path, PathBuf};

use url::Url;

/// How deep folders are looked into: whoever links one into itself must not keep us for ever.
const DEPTH: u32 = 4;

/// The parameters of URLs that name the certificates of authorities: of mail servers, and of
/// PostgreSQL.
const AUTHORITIES: [&str; 2] = ["ca", "sslrootcert"];

/// The files that a setting names with this value.
pub(super) fn named_files(setting: &str, value: &str) -> Vec<PathBuf> {
    match setting {
        "logo" => vec![value.into()],
        "templates" => files_below(Path::new(value), DEPTH),
        name if name.ends_with("-file") => vec![value.into()],
        _ => authorities(value),
    }
}

fn authorities(value: &str) -> Vec<PathBuf> {
    let Ok(url) = Url::parse(value) else {
        return vec![];
    };
    let files = url.query_pairs();
    let files = files.filter(|(name, _)| AUTHORITIES.contains(&&**name));
    files.map(|(_, file)| file.into_owned().into()).collect()
}

/// The files in a folder and in those below it, in the order of their names.
fn files_below(folder: &Path, depth: u32) -> Vec<PathBuf> {
    let entries = fs::read_dir(folder).into_iter().flatten().flatten();
    let mut paths: Vec<PathBuf> = entries.map(|entry| entry.path()).collect();
    paths.sort();
    let below = paths.into_iter().flat_map(|path| match path.is_dir() {
        true if depth == 0 => vec![],
        true => files_below(&path, depth - 1),
        false => vec![path],
    });
    below.collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn files_are_named_in_many_ways() {
        for (setting, value, files) in [
            ("secret-key-file", "/run/secret", &["/run/secret"][..]),
            ("logo", "logo.svg", &["logo.svg"]),
            (
                "mail",
                "smtps://host?ca=%2Fetc%2Four%20ca.pem",
                &["/etc/our ca.pem"],
            ),
            (
                "database-url",
                "postgres://host/auth?sslmode=verify-full&sslrootcert=/etc/ca.pem",
                &["/etc/ca.pem"],
            ),
            ("mail", "file:/var/mail", &[]),
            ("data-dir", "/var/lib/auth", &[]),
        ] {
            let files: Vec<_> = files.iter().map(PathBuf::from).collect();
            assert_eq!(named_files(setting, value), files, "{value}");
        }
    }

    #[test]
    fn a_folder_of_templates_is_all_that_is_in_it() {
        let folder = tempfile::tempdir().unwrap();
        let below = folder.path().join("lang");
        fs::create_dir(&below).unwrap();
        let files = [folder.path().join("a.html"), below.join("en.toml")];
        for file in &files {
            fs::write(file, "").unwrap();
        }
        #[cfg(unix)]
        std::os::unix::fs::symlink(folder.path(), below.join("loop")).unwrap();
        let named = named_files("templates", &folder.path().to_string_lossy());
        assert!(files.iter().all(|file| named.contains(file)), "{named:?}");
    }
}
