/**
 * What each method asks of its caller.
 *
 * Sources: docs.cloud.google.com/functions/docs/monitoring/audit-logging, docs.cloud.google.com/run/docs/reference/iam/permissions,
 * docs.cloud.google.com/scheduler/docs/reference/rest/v1/projects.locations.jobs, docs.cloud.google.com/pubsub/docs/access-control,
 * docs.cloud.google.com/eventarc/docs/access-control, docs.cloud.google.com/storage/docs/access-control/iam-json,
 * docs.cloud.google.com/logging/docs/access-control, docs.cloud.google.com/build/docs/iam-roles-permissions.
 */
export const permissionOf = {
  getFunction: "cloudfunctions.functions.get",
  listFunctions: "cloudfunctions.functions.list",
  createFunction: "cloudfunctions.functions.create",
  patchFunction: "cloudfunctions.functions.update",
  deleteFunction: "cloudfunctions.functions.delete",
  generateUploadUrl: "cloudfunctions.functions.generateUploadUrl",
  listRuntimes: "cloudfunctions.runtimes.list",
  getOperation: "cloudfunctions.operations.get",
  getService: "run.services.get",
  patchService: "run.services.update",
  listRevisions: "run.revisions.list",
  getRevision: "run.revisions.get",
  getIamPolicy: "run.services.getIamPolicy",
  setIamPolicy: "run.services.setIamPolicy",
  getJob: "cloudscheduler.jobs.get",
  listJobs: "cloudscheduler.jobs.list",
  createJob: "cloudscheduler.jobs.create",
  patchJob: "cloudscheduler.jobs.update",
  resumeJob: "cloudscheduler.jobs.enable",
  deleteJob: "cloudscheduler.jobs.delete",
  getTopic: "pubsub.topics.get",
  listTopics: "pubsub.topics.list",
  createTopic: "pubsub.topics.create",
  patchTopic: "pubsub.topics.update",
  deleteTopic: "pubsub.topics.delete",
  getSubscription: "pubsub.subscriptions.get",
  patchSubscription: "pubsub.subscriptions.update",
  getTrigger: "eventarc.triggers.get",
  getBucket: "storage.buckets.get",
  getServiceAccount: "iam.serviceAccounts.get",
  generateIdToken: "iam.serviceAccounts.getOpenIdToken",
  listEntries: "logging.logEntries.list",
  getBuild: "cloudbuild.builds.get",
  // Anyone may ask what they are allowed.
  testServiceAccount: undefined,
} as const;

export type Method = keyof typeof permissionOf;
