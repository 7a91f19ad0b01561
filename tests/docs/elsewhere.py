"""Commands and files of the documentation that other tests run, with the names of these tests."""

SET_UP = (
    "python3 -m venv .venv && .venv/bin/pip install . && .venv/bin/mockbot serve",
    "python3 -m venv .venv && .venv/bin/pip install tox && .venv/bin/tox",
)
"""test_release runs the first with the wheel that it builds, .ci/run is the second."""
CLIENTS = "tests/clients/test_generated_clients.py"
ADAPTERS = "tests/fuzz/test_adapters.py"
ELSEWHERE = {
    "docker build -t mockbot .": "tests/test_ci.py",
    "docker run --rm -p 127.0.0.1:6185:6185 -v ./fixtures:/fixtures:ro mockbot serve --fixture default.yaml --pace 0": (
        "tests/test_ci.py"
    ),
    "docker compose up --build --wait": "tests/test_ci.py",
    "docker run --rm -p 127.0.0.1:6185:6185 -e MOCKBOT_ASTRBOT=4.29.3 mockbot": "tests/test_ci.py",
    "MOCKBOT_ASTRBOT=4.29.3 docker compose up --build --wait": "tests/test_ci.py",
    "docker build -t REGISTRY/mockbot . && docker push REGISTRY/mockbot": "tests/test_ci.py",
    "kubectl create secret generic mockbot --from-literal=control-token=SECRET": "tests/test_ci.py",
    "kubectl apply -f deploy/kubernetes.yaml": "tests/test_ci.py",
    "nginx -c $PWD/deploy/nginx.conf": "tests/test_deploy.py",
    "MOCKBOT_URL=http://127.0.0.1:6185 node --test": "tests/testing/test_examples.py",
    "mockbot check": "tests/verify/check/test_cli.py",
    "npx openapi-ts -i openapi.client.json -o generated -c @hey-api/client-fetch": CLIENTS,
    "npx openapi-typescript openapi.client.json -o generated.ts --default-non-nullable=false": CLIENTS,
    "npx orval --config orval.config.mjs": CLIENTS,
    "openapi-python-client generate --path openapi.client.json --output-path generated --meta none": CLIENTS,
    "openapi-generator-cli generate -g python -i openapi.client.json -o . --package-name generated": CLIENTS,
    "npx redocly lint openapi.json": "tests/clients/test_linters.py",
    "npx spectral lint openapi.json": "tests/clients/test_linters.py",
    "schemathesis run http://127.0.0.1:6185/openapi.3.2.json -H 'X-API-Key: abk_demo'": (
        "tests/verify/test_item_schema.py"
    ),
    'mockbot fuzz --adapter "python python_httpx_sse.py"': ADAPTERS,
    'mockbot fuzz --adapter "node node_fetch.mjs"': ADAPTERS,
    'mockbot fuzz --adapter "node node_eventsource_parser.mjs"': ADAPTERS,
    'mockbot fuzz --adapter "java Chat.java"': ADAPTERS,
    "mockbot fuzz -- sh curl.sh": ADAPTERS,
    'mockbot fuzz --adapter "python python_openapi_client.py generated"': ADAPTERS,
    "mockbot fuzz --browser chat.html": "tests/fuzz/clients/test_browser.py",
    "mockbot fuzz --listen": "tests/fuzz/test_listening.py",
    "mockbot fuzz --matrix clients.toml --html report.html --json report.json": "tests/fuzz/test_matrix.py",
    "mockbot record http://127.0.0.1:6185 --to recorded --port 6186": "tests/record/test_cli.py",
    "curl -N http://127.0.0.1:6186/api/v1/chat -H 'X-API-Key: abk_demo' -H 'Content-Type: application/json' "
    """-d '{"username": "ada", "message": "hello"}'""": "tests/record/test_cli.py",
    "python3 -m http.server 5173 --bind 127.0.0.1": "tests/browser/test_frontend.py",
    "python -m docs.generate": "tests/docs/test_generated.py",
}
"""Commands that are slow or that a test machine may not support, and the tests that do the same."""
FILES_ELSEWHERE = {
    "plain.yaml": "tests/test_ci.py",
    "workflow.yaml": "tests/test_ci.py",
    "matrix.yaml": "tests/test_ci.py",
    "conftest.py": "tests/test_ci.py",
    "mockbot.mjs": "tests/test_ci.py",
    "orval.config.mjs": CLIENTS,
    "chat.html": "tests/fuzz/clients/test_browser.py",
    "clients.toml": "tests/fuzz/test_matrix.py",
    "vite.config.mjs": "tests/clients/test_dev_servers.py",
    "webpack.config.mjs": "tests/clients/test_dev_servers.py",
}
"""Files that other tests have, or that belong to a CI service, to Testcontainers or to a generator of clients."""
