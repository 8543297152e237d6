//! Templates that are built in and may be replaced by an operator's.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

use minijinja::{AutoEscape, Environment, Output, State, UndefinedBehavior, Value};
use serde::Serialize;

use crate::error::TextError;
use crate::file::is_absent;

/// A template that is built in.
#[derive(Clone, Copy, Debug)]
pub struct TemplateFile {
    /// Its name, and its place in a folder of templates. What ends with `.html` escapes whatever
    /// is put in, what ends with `.txt` nothing.
    pub name: &'static str,
    /// What it says.
    pub source: &'static str,
    /// What may be put in, such as `service` or `button.url`.
    pub variables: &'static [&'static str],
}

/// The name under which a template is offered the address of the script that makes a page.
const SCRIPT: &str = "app";

/// Templates that have been checked.
#[derive(Debug)]
pub struct Templates {
    environment: Environment<'static>,
    /// Where each is from.
    places: Vec<(&'static str, PathBuf)>,
}

impl Templates {
    /// These templates, with those of the same names in this folder in their place. Each is
    /// tried with `sample`, so that what can't be written shows now. One that is offered a script
    /// (`app`) has to load it.
    ///
    /// # Errors
    /// A file that can't be read, or a template that is wrong.
    pub fn load(
        folder: Option<&Path>,
        files: &[TemplateFile],
        sample: impl Serialize,
    ) -> Result<Self, TextError> {
        let mut environment = Environment::new();
        environment.set_undefined_behavior(UndefinedBehavior::Strict);
        environment.set_formatter(write_value);
        environment.set_keep_trailing_newline(true);
        environment.set_trim_blocks(true);
        environment.set_lstrip_blocks(true);
        let mut all = Self {
            environment,
            places: vec![],
        };
        let sample = Value::from_serialize(&sample);
        for file in files {
            let (place, source) = source(folder, file)?;
            all.add(file, place, source)?;
            let written = all.write(file.name, sample.clone())?;
            all.check_script(file, &sample, &written)?;
        }
        Ok(all)
    }

    fn add(
        &mut self,
        file: &TemplateFile,
        place: PathBuf,
        source: String,
    ) -> Result<(), TextError> {
        let added = self
            .environment
            .add_template_owned(file.name, source.clone());
        added.map_err(|error| told(&place, &error))?;
        let template = self.environment.get_template(file.name);
        let template = template.map_err(|error| told(&place, &error))?;
        let used = template.undeclared_variables(true);
        let unknown = used.iter().find(|name| !is_offered(name, file.variables));
        if let Some(name) = unknown {
            let is_here = |line: &str| line.contains(name.as_str());
            let line = source.lines().position(is_here).map(|at| at + 1);
            let offered = file.variables.join(", ");
            let what = format!("nothing is put in for `{name}`; there is {offered}");
            return Err(TextError::at(&place, line, what));
        }
        self.places.push((file.name, place));
        Ok(())
    }

    /// Whoever gets a page that loads no script sees nothing, and nothing tells why.
    fn check_script(
        &self,
        file: &TemplateFile,
        sample: &Value,
        written: &str,
    ) -> Result<(), TextError> {
        let script = sample.get_attr(SCRIPT).ok();
        let script = script.as_ref().and_then(Value::as_str);
        let Some(script) = script.filter(|_| file.variables.contains(&SCRIPT)) else {
            return Ok(());
        };
        if loads(written, script) {
            return Ok(());
        }
        let what = format!(
            "it does not load the script of the pages, which would stay blank; put in \
             `<script type=\"module\" src=\"{{{{ {SCRIPT} }}}}\"></script>`"
        );
        Err(TextError::at(self.place(file.name), None, what))
    }

    /// Writes a template of this name.
    ///
    /// # Errors
    /// What a value has that [`load`](Self::load) found nothing of in its sample.
    pub fn render(&self, name: &str, values: impl Serialize) -> Result<String, TextError> {
        self.write(name, Value::from_serialize(&values))
    }

    fn write(&self, name: &str, values: Value) -> Result<String, TextError> {
        let template = self.environment.get_template(name);
        let written = template.and_then(|template| template.render(values));
        written.map_err(|error| told(self.place(name), &error))
    }

    /// Where a template is from.
    fn place<'a>(&'a self, name: &'a str) -> &'a Path {
        let place = self.places.iter().find(|(known, _)| *known == name);
        place.map_or(Path::new(name), |(_, place)| place)
    }
}

/// Writes what is put in: harmless in HTML content and in quoted attributes, and with addresses as
/// people write them (the engine would escape their slashes).
fn write_value(
    out: &mut Output<'_>,
    state: &State<'_, '_>,
    value: &Value,
) -> Result<(), minijinja::Error> {
    if state.auto_escape() != AutoEscape::Html || value.is_safe() {
        return minijinja::escape_formatter(out, state, value);
    }
    let text = value.to_string();
    let text = html_escape::encode_quoted_attribute(&text);
    out.write_str(&text).map_err(Into::into)
}

/// What stands in the folder, or what is built in.
fn source(folder: Option<&Path>, file: &TemplateFile) -> Result<(PathBuf, String), TextError> {
    let built_in = || Ok((PathBuf::from(file.name), file.source.to_owned()));
    let Some(folder) = folder else {
        return built_in();
    };
    let place = folder.join(file.name);
    match fs::read_to_string(&place) {
        Ok(source) => Ok((place, source)),
        Err(error) if is_absent(&place, &error) => built_in(),
        Err(error) => Err(TextError::at(
            &place,
            None,
            format!("it can't be read: {error}"),
        )),
    }
}

/// Whether a document has a script from this address.
fn loads(document: &str, script: &str) -> bool {
    let mut tags = document.split("<script").skip(1);
    tags.any(|tag| tag.split('>').next().unwrap_or_default().contains(script))
}

/// Whether this is put in, as a whole or as a part of what is: of `button.url`, `button` is.
fn is_offered(name: &str, offered: &[&str]) -> bool {
    let known: BTreeSet<&str> = offered.iter().copied().collect();
    let begins = |one: &&str| {
        one.strip_prefix(name)
            .is_some_and(|rest| rest.starts_with('.'))
    };
    known.contains(name) || known.iter().any(begins)
}

/// The engine's words, which name no file as people know it.
fn told(place: &Path, error: &minijinja::Error) -> TextError {
    let detail = error.detail().unwrap_or_default();
    let kind = error.kind();
    let what = match detail.is_empty() {
        true => kind.to_string(),
        false => format!("{kind}: {detail}"),
    };
    let remedy = "mend it, or take the file away for the built-in one";
    TextError::at(place, error.line(), format!("{what}; {remedy}"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeMap;

    const FILES: [TemplateFile; 2] = [
        TemplateFile {
            name: "a.html",
            source: "<p>{{ name }}</p>\n",
            variables: &["name", "button.url"],
        },
        TemplateFile {
            name: "a.txt",
            source: "{{ name }}\n",
            variables: &["name", "button.url"],
        },
    ];

    fn with(source: &str) -> Result<Templates, TextError> {
        let folder = tempfile::tempdir().unwrap();
        fs::write(folder.path().join("a.html"), source).unwrap();
        let button = Value::from_serialize(BTreeMap::from([("url", "u")]));
        let sample = BTreeMap::from([("name", Value::from("<&>")), ("button", button)]);
        Templates::load(Some(folder.path()), &FILES, sample)
    }

    #[test]
    fn html_escapes_and_text_does_not() {
        let templates = with("<b title=\"{{ name }}\">{{ name }}</b>").unwrap();
        let written = |name| templates.render(name, BTreeMap::from([("name", "<&>")]));
        assert_eq!(
            written("a.html").unwrap(),
            "<b title=\"&lt;&amp;&gt;\">&lt;&amp;&gt;</b>"
        );
        assert_eq!(written("a.txt").unwrap(), "<&>\n");
    }

    #[test]
    fn a_fault_is_told_with_its_file_line_and_remedy() {
        for (source, line, what) in [
            (
                "a\n{{ nam }}",
                2,
                "nothing is put in for `nam`; there is name, button.url",
            ),
            (
                "\n\n{{ button.uri }}",
                3,
                "nothing is put in for `button.uri`",
            ),
            ("{% if name %}", 1, "mend it, or take the file away"),
            ("\n{{ name|nonsense }}", 2, "nonsense"),
        ] {
            let told = with(source).unwrap_err().to_string();
            assert!(told.contains(&format!("a.html, line {line}: ")), "{told}");
            assert!(told.contains(what), "{told}");
        }
    }

    fn page(source: &str) -> Result<Templates, TextError> {
        let folder = tempfile::tempdir().unwrap();
        fs::write(folder.path().join("page.html"), source).unwrap();
        let file = TemplateFile {
            name: "page.html",
            source: "<script src=\"{{ app }}\"></script>",
            variables: &["app"],
        };
        let sample = BTreeMap::from([("app", "/assets/app.js")]);
        Templates::load(Some(folder.path()), &[file], sample)
    }

    #[test]
    fn a_page_has_to_load_its_script() {
        assert!(page("<p></p><script type=module src={{ app }}></script>").is_ok());
        for source in [
            "",
            "<link rel=\"modulepreload\" href=\"{{ app }}\">",
            "<script></script><a href=\"{{ app }}\">app</a>",
        ] {
            let told = page(source).unwrap_err().to_string();
            assert!(told.contains("page.html: it does not load"), "{told}");
            assert!(told.contains("src=\"{{ app }}\""), "{told}");
        }
    }

    #[cfg(unix)]
    #[test]
    fn a_link_to_nowhere_is_no_missing_file() {
        let folder = tempfile::tempdir().unwrap();
        std::os::unix::fs::symlink("nowhere", folder.path().join("a.html")).unwrap();
        let refused = Templates::load(Some(folder.path()), &FILES, ()).unwrap_err();
        let told = refused.to_string();
        assert!(told.contains("a.html: it can't be read"), "{told}");
    }

    #[test]
    fn parts_of_what_is_offered_may_be_used() {
        assert!(with("{% if button %}{{ button.url }}{% endif %}").is_ok());
    }
}
