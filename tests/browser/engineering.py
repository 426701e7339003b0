"""What stands on the operator's pages of the exchange: told messages that are dead and that wait, and a service to try. Made in the site that runs."""

import asyncio
from concurrent.futures import ThreadPoolExecutor

from dinh.app.nodes import open_nodes
from dinh.app.setup import connect
from dinh.exchange import Question, Service, SubsystemEntry, add_service, register_all, tell
from dinh.kernel.caller import system
from dinh.kernel.settings import ROOT, Settings
from tests.browser.site import Site

WHO = system("test")
DOCUMENT = (ROOT / "examples" / "exchange" / "openapi.yaml").read_text()
TITLE = {"vi": "Cư dân", "en": "Residents"}
TRIAL = "/developers/exchange/G01.tried.residents"


async def _prepared(site: Site) -> None:
    async with open_nodes(Settings(home=site.home, port=site.port), web=False) as nodes:
        registry, desk = nodes["portal"], nodes["haiphong"]
        service = Service(code="residents", provider="G01", kind="ask", title=TITLE, rights=[], subsystem="tried", url="http://127.0.0.1:9")
        async with registry.write(WHO) as tx:
            await register_all(tx, WHO, [SubsystemEntry("G01", "tried")])
            await add_service(tx, WHO, service, DOCUMENT)
        await connect(nodes, lambda _: None)
        async with desk.write(WHO) as tx:
            for body in ({"nonsense": 1}, {"nonsense": 2}):
                # Its receiver refuses the first for good, and the second waits behind it.
                case = "H24.101-261122-9001"
                wrong = Question(service="cases.progress", client="H24.101", provider="G22", purpose="settle", body=body, case=case)
                await tell(tx, WHO, wrong)


def prepare(site: Site) -> None:
    """Playwright has this thread's loop."""
    with ThreadPoolExecutor() as aside:
        aside.submit(asyncio.run, _prepared(site)).result()
