//! Files of npm packages that tests run or load into a browser.

use std::env;
use std::path::PathBuf;

use anyhow::Result;

use crate::{Modules, Need, Software};

/// axe-core, which finds what keeps people from using a page: a script to run in it.
pub static AXE: Tool = Tool {
    name: "axe-core",
    variable: "TEST_AXE_PATH",
    file: "axe-core/axe.min.js",
};

/// The TypeScript compiler, which also checks the types of JavaScript: a script for `node`.
pub static TSC: Tool = Tool {
    name: "TypeScript",
    variable: "TEST_TSC",
    file: "typescript/bin/tsc",
};

static SOFTWARE: Software = Software::npm(&MODULES);

static MODULES: Modules = Modules {
    name: "axe-core and typescript",
    manifest: include_str!("../npm/tools/package.json"),
    lock: include_str!("../npm/tools/package-lock.json"),
};

/// A file that tests need.
#[derive(Debug)]
pub struct Tool {
    /// The name people know it by.
    pub name: &'static str,
    /// The variable of the environment that tells tests its path.
    pub variable: &'static str,
    /// Its path among the packages.
    file: &'static str,
}

impl Tool {
    /// The tool as something to install.
    pub fn need(&self) -> Need {
        Need {
            name: self.name,
            variable: self.variable,
            software: &SOFTWARE,
        }
    }

    /// Whether the environment already names it.
    pub fn is_given(&self) -> bool {
        env::var_os(self.variable).is_some_and(|value| !value.is_empty())
    }

    /// Where it is once it is installed.
    ///
    /// # Errors
    /// When there is no cache folder.
    pub fn path(&self) -> Result<PathBuf> {
        Ok(MODULES.node_modules()?.join(self.file))
    }
}
