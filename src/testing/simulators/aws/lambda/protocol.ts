/** Lambda's REST API: paths and places from the API model of 2015-03-31. */
import type { Protocol } from "../operations.ts";
import { restFailure } from "../protocols.ts";
import { rest } from "../wires.ts";
import type { Invoked } from "./invoke.ts";

const functions = "/2015-03-31/functions";
const one = `${functions}/{FunctionName}`;
const mapping = "/2015-03-31/event-source-mappings";

const base = rest({
  routes: {
    CreateFunction: `POST ${functions}`,
    ListFunctions: `GET ${functions}`,
    GetFunction: `GET ${one}`,
    DeleteFunction: `DELETE ${one}`,
    GetFunctionConfiguration: `GET ${one}/configuration`,
    UpdateFunctionConfiguration: `PUT ${one}/configuration`,
    UpdateFunctionCode: `PUT ${one}/code`,
    PublishVersion: `POST ${one}/versions`,
    ListVersionsByFunction: `GET ${one}/versions`,
    Invoke: `POST ${one}/invocations`,
    CreateAlias: `POST ${one}/aliases`,
    ListAliases: `GET ${one}/aliases`,
    GetAlias: `GET ${one}/aliases/{Name}`,
    UpdateAlias: `PUT ${one}/aliases/{Name}`,
    DeleteAlias: `DELETE ${one}/aliases/{Name}`,
    AddPermission: `POST ${one}/policy`,
    GetPolicy: `GET ${one}/policy`,
    RemovePermission: `DELETE ${one}/policy/{StatementId}`,
    CreateEventSourceMapping: `POST ${mapping}`,
    ListEventSourceMappings: `GET ${mapping}`,
    GetEventSourceMapping: `GET ${mapping}/{UUID}`,
    UpdateEventSourceMapping: `PUT ${mapping}/{UUID}`,
    DeleteEventSourceMapping: `DELETE ${mapping}/{UUID}`,
    CreateFunctionUrlConfig: "POST /2021-10-31/functions/{FunctionName}/url",
    GetFunctionUrlConfig: "GET /2021-10-31/functions/{FunctionName}/url",
    UpdateFunctionUrlConfig: "PUT /2021-10-31/functions/{FunctionName}/url",
    DeleteFunctionUrlConfig: "DELETE /2021-10-31/functions/{FunctionName}/url",
    ListFunctionUrlConfigs: "GET /2021-10-31/functions/{FunctionName}/urls",
    PutFunctionEventInvokeConfig: "PUT /2019-09-25/functions/{FunctionName}/event-invoke-config",
    UpdateFunctionEventInvokeConfig: "POST /2019-09-25/functions/{FunctionName}/event-invoke-config",
    DeleteFunctionEventInvokeConfig: "DELETE /2019-09-25/functions/{FunctionName}/event-invoke-config",
    GetFunctionEventInvokeConfig: "GET /2019-09-25/functions/{FunctionName}/event-invoke-config",
    ListFunctionEventInvokeConfigs: "GET /2019-09-25/functions/{FunctionName}/event-invoke-config/list",
    PutFunctionConcurrency: "PUT /2017-10-31/functions/{FunctionName}/concurrency",
    DeleteFunctionConcurrency: "DELETE /2017-10-31/functions/{FunctionName}/concurrency",
    GetFunctionConcurrency: "GET /2019-09-30/functions/{FunctionName}/concurrency",
    PutProvisionedConcurrencyConfig: "PUT /2019-09-30/functions/{FunctionName}/provisioned-concurrency",
    DeleteProvisionedConcurrencyConfig: "DELETE /2019-09-30/functions/{FunctionName}/provisioned-concurrency",
    ListProvisionedConcurrencyConfigs: "GET /2019-09-30/functions/{FunctionName}/provisioned-concurrency?List=ALL",
    GetProvisionedConcurrencyConfig: "GET /2019-09-30/functions/{FunctionName}/provisioned-concurrency",
    ListTags: "GET /2017-03-31/tags/{Resource}",
    TagResource: "POST /2017-03-31/tags/{Resource}",
    UntagResource: "DELETE /2017-03-31/tags/{Resource}",
  },
  statuses: {
    CreateFunction: 201,
    DeleteFunction: 204,
    PublishVersion: 201,
    CreateAlias: 201,
    DeleteAlias: 204,
    AddPermission: 201,
    RemovePermission: 204,
    CreateEventSourceMapping: 202,
    UpdateEventSourceMapping: 202,
    DeleteEventSourceMapping: 202,
    CreateFunctionUrlConfig: 201,
    DeleteFunctionUrlConfig: 204,
    DeleteFunctionEventInvokeConfig: 204,
    DeleteFunctionConcurrency: 204,
    PutProvisionedConcurrencyConfig: 202,
    DeleteProvisionedConcurrencyConfig: 204,
    TagResource: 204,
    UntagResource: 204,
  },
  queried: {
    Qualifier: "Qualifier",
    RevisionId: "RevisionId",
    FunctionVersion: "FunctionVersion",
    Marker: "Marker",
    MaxItems: "MaxItems",
    EventSourceArn: "EventSourceArn",
    FunctionName: "FunctionName",
    TagKeys: "tagKeys",
  },
  many: ["TagKeys"],
});

export const protocol: Protocol = {
  ...base,
  inputOf(operation, request) {
    if (operation !== "Invoke") return base.inputOf(operation, request);
    const InvocationType = request.headers["x-amz-invocation-type"];
    const input = base.inputOf(operation, { ...request, body: new Uint8Array() });
    return { ...input, Payload: request.body, ...(InvocationType === undefined ? {} : { InvocationType }) };
  },
  answer(operation, output) {
    if (operation !== "Invoke") return base.answer(operation, output);
    const { StatusCode: status, FunctionError: failed, ExecutedVersion: version, Payload } = output as Invoked;
    const headers = {
      ...(failed === undefined ? {} : { "x-amz-function-error": failed }),
      ...(version === undefined ? {} : { "x-amz-executed-version": version }),
    };
    return { status, headers: { "content-type": "application/json", ...headers }, body: Payload ?? "" };
  },
  /** `ResourceNotFoundException` says it in `Message`, as the model has it. */
  fail: (failure) => restFailure(failure, failure.status === 404 ? "Message" : "message"),
};
