/** The `api-version` that each provider is spoken to in; bodies are written for exactly these. */
export const versions = {
  /** learn.microsoft.com/azure/templates/microsoft.web/2024-11-01/sites */
  web: "2024-11-01",
  /** learn.microsoft.com/azure/templates/microsoft.eventgrid/2025-02-15/eventsubscriptions */
  eventGrid: "2025-02-15",
  /** learn.microsoft.com/azure/templates/microsoft.authorization/2022-04-01/roleassignments */
  authorization: "2022-04-01",
  /** learn.microsoft.com/azure/templates/microsoft.storage/2025-06-01/storageaccounts */
  storage: "2025-06-01",
  /** learn.microsoft.com/azure/templates/microsoft.managedidentity/2023-01-31/userassignedidentities */
  identity: "2023-01-31",
  /** learn.microsoft.com/azure/templates/microsoft.insights/2020-02-02/components */
  insights: "2020-02-02",
  /** learn.microsoft.com/rest/api/application-insights/query/execute, through Resource Manager */
  insightsQuery: "2018-04-20",
  /** learn.microsoft.com/rest/api/resources/resource-groups/get */
  resources: "2021-04-01",
} as const;
