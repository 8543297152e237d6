//! Secrets that are kept in files.

use std::path::Path;

use anyhow::{Context as _, ensure};

/// The one line of a file that holds a secret, without the blanks around it.
///
/// # Errors
/// A sentence that names the setting when the file can't be read, is empty, or holds more
/// than a line of text: such as the byte order mark of an editor, which would silently
/// become a part of the secret.
pub fn read_secret(setting: &str, file: &Path) -> anyhow::Result<String> {
    let shown = file.display();
    let text = std::fs::read_to_string(file)
        .with_context(|| format!("{setting} {shown} can't be read as UTF-8 text"))?;
    ensure!(
        !text.starts_with('\u{feff}'),
        "{setting} {shown} begins with a byte order mark: save it as UTF-8 without one"
    );
    let line = text.trim();
    ensure!(
        !line.is_empty(),
        "{setting} {shown} is empty: write the secret into it, or leave the setting out"
    );
    ensure!(
        !line.contains(char::is_control),
        "{setting} {shown} must hold one line of text and nothing else"
    );
    Ok(line.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(bytes: &[u8]) -> Result<String, String> {
        let dir = tempfile::tempdir().unwrap();
        let file = dir.path().join("secret");
        std::fs::write(&file, bytes).unwrap();
        read_secret("--mail-file", &file).map_err(|error| error.to_string())
    }

    #[test]
    fn blanks_around_a_secret_are_no_part_of_it() {
        assert_eq!(read(b" hunter2\r\n"), Ok("hunter2".to_owned()));
    }

    #[test]
    fn what_holds_no_secret_is_refused_by_name() {
        let utf_16 = b"\xff\xfeh\0u\0";
        for bytes in [&b""[..], b" \n\t", b"\xef\xbb\xbfhunter2", b"a\nb", utf_16] {
            let error = read(bytes).unwrap_err();
            assert!(error.starts_with("--mail-file "), "{error}");
        }
    }
}
