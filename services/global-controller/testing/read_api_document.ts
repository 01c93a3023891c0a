import { connectDatabase } from "../../../db/connection.ts";
import type { ApiDocument } from "../rest/api_document.ts";
import { composeTestApi } from "./test_api.ts";

/** Nobody is asked: a description needs no data. */
const NO_DATABASE_URL = "postgres://nobody@127.0.0.1:1/none";

/** The description of the API, as it is served. */
export async function readApiDocument(): Promise<ApiDocument> {
  const sql = connectDatabase(NO_DATABASE_URL, "description");
  const { app } = await composeTestApi(sql);
  try {
    const path = "/api/v1/openapi.json";
    return await (await app.request(path, {}, { clientAddress: "192.0.2.1" })).json();
  } finally {
    await sql.end();
  }
}
