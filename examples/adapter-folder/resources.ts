/** What a deployment is made of. Every property is named, so that a removed setting is seen as a change. */
export const functionKind = "folder/Function";
export const routeKind = "folder/Route";

export interface FunctionProps {
  /** Digest of the code's layout. */
  readonly code: string;
  readonly env: { readonly [name: string]: string };
  readonly timeoutSeconds: number;
}

export interface RouteProps {
  readonly path: string;
  /** Empty: all. */
  readonly methods: readonly string[];
  /** The function's folder. */
  readonly function: { readonly "Fn::GetAtt": readonly [id: string, output: string] };
}
