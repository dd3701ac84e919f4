/** What the migrations made, as the catalogs of a live database tell it. Every list is sorted by name. */
export interface Catalog {
  readonly roles: readonly CatalogRole[];
  readonly schemas: readonly CatalogSchema[];
  readonly extensions: readonly CatalogExtension[];
  readonly types: readonly CatalogType[];
  readonly tables: readonly CatalogTable[];
  readonly functions: readonly CatalogFunction[];
  readonly defaultPrivileges: readonly CatalogDefaultPrivileges[];
}

/** What a role may do with an object. The owner's own rights are left out. */
export interface CatalogGrant {
  /** A role's name, or `public`. */
  readonly grantee: string;
  readonly privilege: string;
  readonly grantable: boolean;
}

export interface CatalogRole {
  readonly name: string;
  /** Attributes beyond a plain group role's, such as `login`. */
  readonly attributes: readonly string[];
  /** Roles that it is a member of. Who is a member of it is the deployment's business. */
  readonly memberOf: readonly string[];
}

export interface CatalogSchema {
  readonly name: string;
  readonly owner: string;
  readonly comment: string | null;
  readonly grants: readonly CatalogGrant[];
}

export interface CatalogExtension {
  readonly name: string;
  readonly schema: string;
}

export interface CatalogType {
  readonly schema: string;
  readonly name: string;
  readonly owner: string;
  /** As after `create type … as` or `create domain … as`. */
  readonly definition: string;
}

export interface CatalogColumn {
  readonly name: string;
  readonly type: string;
  readonly notNull: boolean;
  /** Expression, or null. */
  readonly defaultValue: string | null;
  readonly identity: 'always' | 'by default' | null;
  /** Expression of a generated column, or null. */
  readonly generated: string | null;
  readonly collation: string | null;
  readonly comment: string | null;
}

export interface CatalogConstraint {
  readonly name: string;
  readonly definition: string;
}

export interface CatalogTable {
  readonly schema: string;
  readonly name: string;
  readonly kind: 'table' | 'view' | 'materialized view' | 'sequence' | 'foreign table';
  readonly owner: string;
  readonly unlogged: boolean;
  /** Storage parameters such as `fillfactor=90`. */
  readonly options: readonly string[];
  /** As after `partition by`, or null. */
  readonly partitionKey: string | null;
  /** Schema and name of the table that it is a partition of, or null. */
  readonly partitionOf: string | null;
  /** As `FOR VALUES …` or `DEFAULT`; null if it is no partition. */
  readonly partitionBound: string | null;
  /** The query of a view, or null. */
  readonly query: string | null;
  readonly rowSecurity: boolean;
  readonly comment: string | null;
  readonly columns: readonly CatalogColumn[];
  readonly constraints: readonly CatalogConstraint[];
  /** Statements that make its indexes, except those of constraints and those that a partition has from its parent. */
  readonly indexes: readonly string[];
  /** Statements that make its triggers, and texts of its policies. */
  readonly triggers: readonly string[];
  readonly grants: readonly CatalogGrant[];
}

export interface CatalogFunction {
  readonly schema: string;
  /** Name with the types of its arguments. */
  readonly signature: string;
  readonly owner: string;
  /** The whole statement. */
  readonly definition: string;
  readonly comment: string | null;
  readonly grants: readonly CatalogGrant[];
}

export interface CatalogDefaultPrivileges {
  readonly schema: string;
  /** Whose new objects get the rights. */
  readonly maker: string;
  readonly objects: 'tables' | 'sequences' | 'functions' | 'types';
  readonly grants: readonly CatalogGrant[];
}
