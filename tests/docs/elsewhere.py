"""Commands and files of the documentation that other tests run, with the names of these tests."""

SET_UP = (
    "python3 -m venv .venv && .venv/bin/pip install . && .venv/bin/mockbot serve",
    "python3 -m venv .venv && .venv/bin/pip install tox && .venv/bin/tox",
)
"""test_release runs the first with the wheel that it builds, .ci/run is the second."""
ELSEWHERE = {
    "docker build -t mockbot .": "tests/test_ci.py",
    "docker run --rm -p 127.0.0.1:6185:6185 -v ./fixtures:/fixtures:ro mockbot serve --fixture default.yaml --pace 0": (
        "tests/test_ci.py"
    ),
    "docker compose up --build --wait": "tests/test_ci.py",
    "docker build -t REGISTRY/mockbot . && docker push REGISTRY/mockbot": "tests/test_ci.py",
    "kubectl create secret generic mockbot --from-literal=control-token=SECRET": "tests/test_ci.py",
    "kubectl apply -f deploy/kubernetes.yaml": "tests/test_ci.py",
    "nginx -c $PWD/deploy/nginx.conf": "tests/test_deploy.py",
    "MOCKBOT_URL=http://127.0.0.1:6185 node --test": "tests/testing/test_examples.py",
    "mockbot check": "tests/verify/check/test_cli.py",
    "python -m docs.generate": "tests/docs/test_generated.py",
}
"""Commands that are slow or that a test machine may not support, and the tests that do the same."""
FILES_ELSEWHERE = {
    "plain.yaml": "tests/test_ci.py",
    "workflow.yaml": "tests/test_ci.py",
    "conftest.py": "tests/test_ci.py",
    "mockbot.mjs": "tests/test_ci.py",
}
"""Files that belong to a continuous integration service or to Testcontainers."""
