// What stands in the fields of an account, as the server takes it.
/** @import { Role } from "../types/openapi" */

/**
 * @param {string} role
 * @param {string} sites by comma; none: every site
 * @param {string} identity
 */
export function purposeOf(role, sites, identity) {
  const named = sites.split(/[,，、\s]+/).filter(Boolean);
  return {
    role: /** @type {Role} */ (role),
    sites: named.length > 0 ? named : null,
    identity: identity.trim() || null,
  };
}
