//! Parameters of Parameter Store, and what may be done with them.

use std::collections::{BTreeMap, BTreeSet};

use super::super::store::{Parameter, Store, Version, one_level};
use super::super::throughput::Throughput;
use super::Scope;

impl Scope {
    /// Puts a `String`: as version 1, or as the next version where it exists.
    pub fn parameter(&self, name: &str, value: &str) -> &Self {
        self.put(name, "String", None, value)
    }

    /// Puts a `SecureString`.
    pub fn secure(&self, name: &str, value: &str) -> &Self {
        self.put(name, "SecureString", None, value)
    }

    /// Puts a `StringList`.
    pub fn string_list(&self, name: &str, value: &str) -> &Self {
        self.put(name, "StringList", None, value)
    }

    /// Puts one version of a parameter, a `SecureString` where it is new.
    pub fn parameter_version(&self, name: &str, version: u64, value: &str) -> &Self {
        self.put(name, "SecureString", Some(version), value)
    }

    /// Labels a version that exists; a label moves from the version that had it.
    pub fn label(&self, name: &str, version: u64, label: &str) -> &Self {
        self.with_parameter(name, |parameter| {
            for (number, known) in &mut parameter.versions {
                known.labels.remove(label);
                if *number == version {
                    known.labels.insert(label.into());
                }
            }
        })
    }

    /// Makes a parameter's value unreadable for want of `kms:Decrypt`; AWS's message then names no parameter.
    pub fn lock(&self, name: &str) -> &Self {
        self.with_parameter(name, |parameter| parameter.locked = true)
    }

    /// Inserts empty pages, which carry a NextToken, before every page of GetParametersByPath.
    pub fn empty_pages(&self, count: usize) -> &Self {
        self.change(|store| store.empty_pages = count)
    }

    /// Throttles Parameter Store beyond this many requests a second; AWS's default is 40.
    pub fn throughput(&self, per_second: u32) -> &Self {
        self.change(|store| store.throughput = Some(Throughput::new(per_second)))
    }

    fn put(&self, name: &str, kind: &'static str, number: Option<u64>, value: &str) -> &Self {
        self.change(|store| {
            let at = self.find(store, name).unwrap_or_else(|| {
                let versions = BTreeMap::new();
                let (name, place) = (name.into(), self.place.clone());
                store.parameters.push(Parameter {
                    name,
                    place,
                    kind,
                    versions,
                    shared: false,
                    locked: false,
                });
                store.parameters.len() - 1
            });
            let parameter = &mut store.parameters[at];
            let number = number.unwrap_or_else(|| parameter.latest() + 1);
            let version = Version {
                value: value.into(),
                labels: BTreeSet::new(),
            };
            parameter.versions.insert(number, version);
        })
    }

    fn with_parameter(&self, name: &str, change: impl FnOnce(&mut Parameter)) -> &Self {
        self.change(|store| {
            let at = self
                .find(store, name)
                .unwrap_or_else(|| panic!("the fake holds no parameter {name:?} here"));
            change(&mut store.parameters[at]);
        })
    }

    fn find(&self, store: &Store, name: &str) -> Option<usize> {
        let same = |parameter: &Parameter| {
            self.is_here(&parameter.place) && one_level(&parameter.name) == one_level(name)
        };
        store.parameters.iter().position(same)
    }
}
