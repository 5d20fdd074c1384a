using FsCheck;
using FsCheck.Fluent;
using System.Text;

namespace Fairway.Scanning;

public sealed class DependencyTests
{
    [Theory]
    [InlineData(PackageKind.NuGet, "Newtonsoft.Json", "13.0.1", "pkg:nuget/Newtonsoft.Json@13.0.1")]
    [InlineData(PackageKind.Npm, "@angular/animation", "12.3.1", "pkg:npm/%40angular/animation@12.3.1")]
    [InlineData(PackageKind.Npm, "foobar", "12.3.1", "pkg:npm/foobar@12.3.1")]
    [InlineData(PackageKind.PyPi, "Django_AllAuth", "12.23", "pkg:pypi/django-allauth@12.23")]
    [InlineData(PackageKind.Go, "github.com/Gorilla/context", "v1.1.1+incompatible", "pkg:golang/github.com/gorilla/context@v1.1.1%2Bincompatible")]
    [InlineData(PackageKind.Debian, "curl", "1:7.88.1-10+deb12u5", "pkg:deb/debian/curl@1:7.88.1-10%2Bdeb12u5")]
    public void A_package_has_the_url_of_the_specification(PackageKind kind, string name, string version, string expected)
        => Assert.Equal(expected, new Package(kind, name, version).Purl);

    [Theory]
    [InlineData("packages.lock.json", """{"version":1,"dependencies":{"net10.0":{"A":{"type":"Direct","resolved":"1.0.0"},"B":{"type":"Transitive","resolved":"2.0.0"},"c":{"type":"Project"}},"net9.0":{"A":{"type":"Direct","resolved":"1.0.0"}}}}""", "A 1.0.0, B 2.0.0")]
    [InlineData("app.deps.json", """{"libraries":{"app/1.0.0":{"type":"project"},"NodaTime/3.3.0":{"type":"package","sha512":"sha512-x"}}}""", "NodaTime 3.3.0")]
    [InlineData("obj/project.assets.json", """{"version":3,"libraries":{"NodaTime/3.3.0":{"type":"package"}}}""", "NodaTime 3.3.0")]
    [InlineData("package-lock.json", """{"lockfileVersion":1,"dependencies":{"a":{"version":"1.0.0","dependencies":{"b":{"version":"2.0.0","dev":true}}},"l":{"version":"file:../l"},"alias":{"version":"npm:@s/real@3.0.0"}}}""", "a 1.0.0, b 2.0.0, @s/real 3.0.0")]
    [InlineData("package-lock.json", """{"lockfileVersion":3,"packages":{"":{"version":"9"},"node_modules/@s/a":{"version":"1.0.0"},"node_modules/@s/a/node_modules/b":{"version":"2.0.0"},"packages/w":{"version":"1.0.0"},"node_modules/w":{"link":true},"node_modules/x":{"name":"y","version":"1.0.0"}}}""", "@s/a 1.0.0, b 2.0.0, y 1.0.0")]
    [InlineData("requirements.txt", "# c\nDjango==4.2.1 ; python_version > '3'\nrequests[socks] == 2.31.0 \\\n    --hash=sha256:aa\nflask>=2\n-r other.txt\nodd===1.0 # why\n", "Django 4.2.1, requests 2.31.0, odd 1.0")]
    [InlineData("poetry.lock", "[[package]]\nname = \"a\"\nversion = \"1.0\"\n[package.dependencies]\nb = \">=1\"\n[[package]]\nname = \"b\"\nversion = \"2.0\"\n", "a 1.0, b 2.0")]
    [InlineData("uv.lock", "version = 1\n[[package]]\nname = \"me\"\nversion = \"0\"\nsource = { editable = \".\" }\n[[package]]\nname = \"b\"\nversion = \"2.0\"\nsource = { registry = \"https://pypi.org/simple\" }\n", "b 2.0")]
    [InlineData("Pipfile.lock", """{"default":{"a":{"version":"==1.0"}},"develop":{"b":{"version":"==2.0"},"e":{"editable":true}}}""", "a 1.0, b 2.0")]
    [InlineData("go.mod", "module x\n\ngo 1.22\n\nrequire github.com/a/b v1.2.3\nrequire (\n\tc.org/d v0.1.0 // indirect\n\te.org/f v1.0.0\n)\nreplace e.org/f => g.org/h v2.0.0\n", "github.com/a/b v1.2.3, c.org/d v0.1.0, g.org/h v2.0.0")]
    [InlineData("go.sum", "a.org/b v1.0.0 h1:x=\na.org/b v1.0.0/go.mod h1:x=\na.org/b v1.1.0 h1:x=\n", "a.org/b v1.1.0")]
    [InlineData("var/lib/dpkg/status", "Package: libc6\nStatus: install ok installed\nArchitecture: amd64\nSource: glibc (2.36-9)\nVersion: 2.36-9+b1\nDescription: x\n y\n\nPackage: gone\nStatus: deinstall ok config-files\nVersion: 1\n", "libc6 2.36-9+b1")]
    public void A_lock_file_names_its_packages(string path, string text, string expected)
        => Assert.Equal(expected, string.Join(", ", LockFile.Read(path, text).Packages.Select(package => $"{package.Name} {package.Version}")));

    [Fact]
    public void What_is_not_pinned_is_told()
        => Assert.Contains("line 1: the version is not pinned by ==", LockFile.Read("requirements.txt", "flask>=2\n").Problems);

    [Theory]
    [InlineData("package-lock.json")]
    [InlineData("packages.lock.json")]
    [InlineData("project.assets.json")]
    [InlineData("poetry.lock")]
    [InlineData("Pipfile.lock")]
    [InlineData("requirements.txt")]
    [InlineData("go.mod")]
    [InlineData("go.sum")]
    [InlineData("dpkg/status")]
    public void Any_text_is_read_or_told(string path)
    {
        var words = new[] { "{", "}", "[", "]", "\"a\"", ":", ",", "1", "\n", "==", "package", "[[package]]", "name", "=", "require (", ")", "Package: x", "null", "\"dependencies\"", "\"packages\"", "=>", "\\" };
        Prop.ForAll<int[]>(picks =>
        {
            var read = LockFile.Read(path, string.Concat(picks.Select(pick => words[(pick & int.MaxValue) % words.Length])));
            return read.Packages.Length >= 0;
        }).QuickCheckThrowOnFailure();
    }

    [Theory]
    [InlineData("1.0.0", true)]
    [InlineData("1.4.9", true)]
    [InlineData("1.5.0", false)]
    [InlineData("2.0.0-rc.1", false)]
    [InlineData("2.0.0", true)]
    [InlineData("2.3.0", true)]
    [InlineData("2.3.1", false)]
    [InlineData("9.9.9", true)]
    public void A_version_is_affected_as_the_ranges_say(string version, bool expected)
    {
        var entry = Entry("""{"id":"X-1","affected":[{"package":{"ecosystem":"npm","name":"a"},"versions":["9.9.9"],"ranges":[{"type":"SEMVER","events":[{"introduced":"2.0.0"},{"last_affected":"2.3.0"},{"introduced":"0"},{"fixed":"1.5.0"}]},{"type":"GIT","events":[{"introduced":"0"}]}]}]}""");

        Assert.Equal(expected, DependencyScan.Scan([new(PackageKind.Npm, "a", version)], [entry]).Length == 1);
    }

    [Fact]
    public void A_weakness_of_several_names_is_found_once_with_its_mend_and_a_withdrawn_one_not_at_all()
    {
        const string affected = """ "affected":[{"package":{"ecosystem":"PyPI","name":"Foo.Bar"},"ranges":[{"type":"ECOSYSTEM","events":[{"introduced":"0"},{"fixed":"2.0"}]}]}]""";
        OsvEntry[] entries =
        [
            Entry($$"""{"id":"PYSEC-1","aliases":["CVE-1"],{{affected}}}"""),
            Entry($$"""{"id":"GHSA-1","summary":"Bad","aliases":["CVE-1"],"severity":[{"type":"CVSS_V3","score":"CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:H/I:H/A:H"}],{{affected}}}"""),
            Entry($$"""{"id":"GONE-1","withdrawn":"2024-01-01T00:00:00Z",{{affected}}}"""),
        ];

        var found = Assert.Single(DependencyScan.Scan([new(PackageKind.PyPi, "foo-bar", "1.9") { Path = "requirements.txt", Line = 3 }], entries));

        Assert.Equal(("GHSA-1", Severity.Critical, 9.8, "Take 2.0 or newer.", 3), (found.Rule, found.Severity, found.Score, found.Mend, found.Line));
        Assert.Equal(["CVE-1", "PYSEC-1"], found.Aliases);
    }

    [Fact]
    public void A_debian_package_is_compared_by_its_source_and_release()
    {
        var entry = Entry("""{"id":"D-1","affected":[{"package":{"ecosystem":"Debian:12","name":"glibc"},"ranges":[{"type":"ECOSYSTEM","events":[{"introduced":"0"},{"fixed":"2.36-9+deb12u4"}]}]}]}""");
        var package = new Package(PackageKind.Debian, "libc6", "2.36-9+b1") { Source = ("glibc", "2.36-9"), Release = "12" };

        Assert.Single(DependencyScan.Scan([package], [entry]));
        Assert.Empty(DependencyScan.Scan([package with { Release = "11" }], [entry]));
        Assert.Empty(DependencyScan.Scan([package with { Source = ("glibc", "2.36-9+deb12u4") }], [entry]));
    }

    private static OsvEntry Entry(string json) => OsvEntry.Read(Encoding.UTF8.GetBytes(json), (_, _) => true)!;
}
