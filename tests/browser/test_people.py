"""An administrator takes somebody in, changes their roles, and keeps them out: with the keyboard's own forms, on a desk and on a phone."""

from tests.support.browser import PHONE


def test_somebody_comes_and_goes(person):
    administrator = person("administrator")
    administrator.press("People", within=".ys-nav").press("Add a person").shot("people-new")
    administrator.press("Add the person").reads("There is a problem", "Choose a role.").shot("people-new-wrong")
    administrator.fill("Name", "Demo newcomer").fill("E-mail address", "newcomer@council.example")
    administrator.select("Role", "Preparer").fill("Organisation", "hartlepool")
    administrator.press("Add the person").reads("is added as preparer of Hartlepool", "shown only now").shot("people-password")
    password = administrator.page.locator("main code").inner_text()
    newcomer = person(size=PHONE)
    newcomer.open("/sign-in").fill("E-mail address", "newcomer@council.example")
    newcomer.page.fill("#password", password)
    newcomer.page.click("#submit")
    newcomer.page.wait_for_url("**/today")
    administrator.press("Go to the page of Demo newcomer").select("Role", "Approver (section 151 officer)").fill("Organisation", "E0701")
    administrator.press("Give the role").reads("Demo newcomer is now approver (section 151 officer) of Hartlepool")
    administrator.press("End the role preparer of Hartlepool Borough Council").reads("is no longer preparer").shot("people-person")
    newcomer.open("/cases").reads("The role in which you acted has ended")
    newcomer.choose("Approver (section 151 officer), Hartlepool Borough Council").press("Act in this role").shot("people-phone-role")
    administrator.press("Deactivate").reads("cannot sign in", "Let them in again").shot("people-deactivated")
    newcomer.open("/today")
    assert newcomer.page.url.startswith(f"{newcomer.page.url.partition('/sign-in')[0]}/sign-in")
