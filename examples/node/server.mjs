// A server that takes its settings from the environment, as usual. It does not know about paramexec.
import { createServer } from "node:http";

const { SESSION_SECRET, DB_HOST, DB_PASSWORD, PORT = "3000" } = process.env;
if (!SESSION_SECRET || !DB_PASSWORD) throw new Error("a setting is missing");

const server = createServer((_, response) => response.end(`${DB_HOST}\n`));
server.listen(Number(PORT), () => console.log(`listening on port ${server.address().port}`));

// paramexec is gone when this runs. The server is PID 1 and gets the signal of `docker stop` itself.
process.on("SIGTERM", () => server.close(() => process.exit(0)));
