//! Objects and buckets of S3.

use super::super::store::{Bucket, ObjectVersion};
use super::Scope;

impl Scope {
    /// Puts an object, and its bucket where that is new, as a version of its own.
    pub fn object(&self, bucket: &str, key: &str, bytes: impl AsRef<[u8]>) -> &Self {
        self.add_object(bucket, key, None, bytes.as_ref())
    }

    pub fn object_version(
        &self,
        bucket: &str,
        key: &str,
        version_id: &str,
        bytes: impl AsRef<[u8]>,
    ) -> &Self {
        self.add_object(bucket, key, Some(version_id), bytes.as_ref())
    }

    /// An empty bucket; in the region of this scope.
    pub fn bucket(&self, name: &str) -> &Self {
        let region = self.place.region.clone();
        self.change(|store| store.buckets.entry(name.into()).or_default().region = region)
    }

    /// A bucket whose missing keys are answered with AccessDenied, for want of `s3:ListBucket`.
    pub fn unlistable(&self, bucket: &str) -> &Self {
        self.change(|store| store.buckets.entry(bucket.into()).or_default().unlistable = true)
    }

    fn add_object(&self, bucket: &str, key: &str, version: Option<&str>, bytes: &[u8]) -> &Self {
        let region = self.place.region.clone();
        self.change(|store| {
            let bucket = store
                .buckets
                .entry(bucket.into())
                .or_insert_with(|| Bucket {
                    region,
                    ..Bucket::default()
                });
            let versions = bucket.objects.entry(key.into()).or_default();
            let id = version.map_or_else(
                || format!("fake-version-{}", versions.len() + 1),
                str::to_owned,
            );
            versions.push(ObjectVersion {
                id,
                bytes: bytes.into(),
            });
        })
    }
}
