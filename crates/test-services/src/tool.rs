//! Packages of other languages that tests run or load into a browser.

use std::env;
use std::path::PathBuf;

use anyhow::{Context as _, Result};

use crate::packages::{CRATES, NPM, PYPI};
use crate::{Need, Packages, Software};

/// axe-core, which finds what keeps people from using a page: a script to run in it.
pub static AXE: Tool = Tool {
    name: "axe-core",
    variable: "TEST_AXE_PATH",
    software: &FOR_PAGES,
    file: "axe-core/axe.min.js",
};

/// The TypeScript compiler, which also checks the types of JavaScript: a script for `node`.
pub static TSC: Tool = Tool {
    name: "TypeScript",
    variable: "TEST_TSC",
    software: &FOR_PAGES,
    file: "typescript/bin/tsc",
};

/// What the React example is built from: the folder `node_modules`.
pub static REACT: Tool = Tool {
    name: "React and Vite",
    variable: "TEST_REACT",
    software: &FOR_REACT,
    file: "",
};

/// geckodriver, which starts a Firefox for a WebDriver session and ends it with the session:
/// a program. Debian has none.
pub static GECKODRIVER: Tool = Tool {
    name: "Firefox with geckodriver",
    variable: "TEST_GECKODRIVER",
    software: &FOR_FIREFOX,
    file: "geckodriver",
};

/// Locust, a load generator: the folder that `PYTHONPATH` has to name.
pub static LOCUST: Tool = Tool {
    name: "Locust",
    variable: "TEST_LOCUST",
    software: &FOR_LOAD,
    file: "",
};

/// promtool, which holds rules of Prometheus against its grammar, and tries them: a program.
pub static PROMTOOL: Tool = Tool {
    name: "promtool",
    variable: "TEST_PROMTOOL",
    software: &FOR_RULES,
    file: "promtool",
};

/// Redocly CLI, which lints OpenAPI documents: a script for `node`.
pub static REDOCLY: Tool = Tool {
    name: "Redocly CLI",
    variable: "TEST_REDOCLY",
    software: &FOR_OPENAPI,
    file: "@redocly/cli/bin/cli.js",
};

/// Spectral, which lints OpenAPI documents: a script for `node`.
pub static SPECTRAL: Tool = Tool {
    name: "Spectral",
    variable: "TEST_SPECTRAL",
    software: &FOR_OPENAPI,
    file: "@stoplight/spectral-cli/dist/index.js",
};

/// openapi-spec-validator, which holds OpenAPI documents against the specification: the folder
/// that `PYTHONPATH` has to name.
pub static OPENAPI_VALIDATOR: Tool = Tool {
    name: "openapi-spec-validator",
    variable: "TEST_OPENAPI_VALIDATOR",
    software: &FOR_OPENAPI_IN_PYTHON,
    file: "",
};

/// The libraries of Python whose password hashes are imported: the folder that `PYTHONPATH` has
/// to name.
pub static PASSWORDS_IN_PYTHON: Tool = Tool {
    name: "werkzeug and Django",
    variable: "TEST_PASSWORDS_IN_PYTHON",
    software: &FOR_PASSWORDS_IN_PYTHON,
    file: "",
};

/// The libraries of Node whose password hashes are imported: the folder `node_modules`.
pub static PASSWORDS_IN_NODE: Tool = Tool {
    name: "better-auth's and Firebase's hashes",
    variable: "TEST_PASSWORDS_IN_NODE",
    software: &FOR_PASSWORDS_IN_NODE,
    file: "",
};

/// hadolint, which lints Dockerfiles: a program.
pub static HADOLINT: Tool = Tool {
    name: "hadolint",
    variable: "TEST_HADOLINT",
    software: &FOR_DEPLOYMENT,
    file: "bin/hadolint",
};

/// kubernetes-validate, which holds manifests against the schemas of Kubernetes: the folder that
/// `PYTHONPATH` has to name.
pub static KUBERNETES_VALIDATE: Tool = Tool {
    name: "kubernetes-validate",
    variable: "TEST_KUBERNETES_VALIDATE",
    software: &FOR_DEPLOYMENT,
    file: "",
};

/// systemd-analyze, which checks units: a program of Debian's.
pub static SYSTEMD_ANALYZE: Tool = Tool {
    name: "systemd-analyze",
    variable: "TEST_SYSTEMD_ANALYZE",
    software: &FOR_UNITS,
    file: "systemd-analyze",
};

static FOR_UNITS: Software = Software::debian(&["systemd"], &["systemd-analyze"]);

static FOR_DEPLOYMENT: Software = Software::pypi(&Packages {
    name: "hadolint and kubernetes-validate",
    from: &PYPI,
    pins: &[(
        "requirements.txt",
        include_str!("../pypi/deployment/requirements.txt"),
    )],
    names: &[],
});

static FOR_PASSWORDS_IN_PYTHON: Software = Software::pypi(&Packages {
    name: "werkzeug and Django",
    from: &PYPI,
    pins: &[(
        "requirements.txt",
        include_str!("../pypi/passwords/requirements.txt"),
    )],
    names: &[],
});

static FOR_PASSWORDS_IN_NODE: Software = Software::npm(&Packages {
    name: "better-auth's and Firebase's hashes",
    from: &NPM,
    pins: &[
        (
            "package.json",
            include_str!("../npm/passwords/package.json"),
        ),
        (
            "package-lock.json",
            include_str!("../npm/passwords/package-lock.json"),
        ),
    ],
    names: &[],
});

static FOR_PAGES: Software = Software::npm(&Packages {
    name: "axe-core and typescript",
    from: &NPM,
    pins: &[
        ("package.json", include_str!("../npm/tools/package.json")),
        (
            "package-lock.json",
            include_str!("../npm/tools/package-lock.json"),
        ),
    ],
    names: &[],
});

/// The package of this repository that the example names as well is not among them.
static FOR_REACT: Software = Software::npm(&Packages {
    name: "React and Vite",
    from: &NPM,
    pins: &[
        (
            "package.json",
            include_str!("../../../examples/react/package.json"),
        ),
        (
            "package-lock.json",
            include_str!("../../../examples/react/package-lock.json"),
        ),
        (".npmrc", include_str!("../../../examples/react/.npmrc")),
    ],
    names: &[],
});

static FOR_OPENAPI: Software = Software::npm(&Packages {
    name: "Redocly CLI and Spectral",
    from: &NPM,
    pins: &[
        ("package.json", include_str!("../npm/openapi/package.json")),
        (
            "package-lock.json",
            include_str!("../npm/openapi/package-lock.json"),
        ),
    ],
    names: &[],
});

static FOR_OPENAPI_IN_PYTHON: Software = Software::pypi(&Packages {
    name: "openapi-spec-validator",
    from: &PYPI,
    pins: &[(
        "requirements.txt",
        include_str!("../pypi/openapi/requirements.txt"),
    )],
    names: &[],
});

static FOR_FIREFOX: Software = Software {
    library: Some(&Packages {
        name: "geckodriver",
        from: &CRATES,
        pins: &[],
        names: &["geckodriver@0.37.1"],
    }),
    ..Software::debian(&["firefox-esr"], &["firefox-esr"])
};

static FOR_RULES: Software = Software::debian(&["prometheus"], &["promtool"]);

static FOR_LOAD: Software = Software::pypi(&Packages {
    name: "locust",
    from: &PYPI,
    pins: &[(
        "requirements.txt",
        include_str!("../pypi/locust/requirements.txt"),
    )],
    names: &[],
});

/// A file or a folder that tests need.
#[derive(Debug)]
pub struct Tool {
    /// The name people know it by.
    pub name: &'static str,
    /// The variable of the environment that tells tests its path.
    pub variable: &'static str,
    /// What brings it.
    software: &'static Software,
    /// Its path among the packages, or in the folder of the programs.
    file: &'static str,
}

impl Tool {
    /// The tool as something to install.
    pub fn need(&self) -> Need {
        Need {
            name: self.name,
            variable: self.variable,
            software: self.software,
        }
    }

    /// Whether the environment already names it.
    pub fn is_given(&self) -> bool {
        env::var_os(self.variable).is_some_and(|value| !value.is_empty())
    }

    /// Where it is once it is installed.
    ///
    /// # Errors
    /// When there is no cache folder, or it is no package and not installed.
    pub fn path(&self) -> Result<PathBuf> {
        let folder = match self.software.library {
            Some(library) => library.folder()?,
            None => self.software.find().context("it is not installed")?,
        };
        Ok(folder.join(self.file))
    }
}
