using Fairway.Artifacts;

namespace Fairway.Scanning;

public sealed class BillOfMaterialsTests
{
    [Fact]
    public void What_is_written_is_read_again()
    {
        Package[] packages =
        [
            new(PackageKind.Npm, "@angular/core", "17.0.0") { Hashes = [("SHA-512", new string('a', 128))] }, new(PackageKind.NuGet, "Dapper", "2.1.0"), new(PackageKind.PyPi, "zope.interface", "6.0"),
            new(PackageKind.Go, "github.com/gorilla/mux", "v1.8.0") { IsDevelopment = true }, new(PackageKind.Debian, "libc6", "2.36-9+deb12u1") { Architecture = "amd64", Release = "12" },
        ];
        var read = LockFile.Read("shop.cdx.json", CycloneDx.Write("shop", "1.0", packages, "0", null));
        Assert.Empty(read.Problems);
        Assert.Equal(packages.Select(one => (one.Purl, one.IsDevelopment, one.Release)).Order(), read.Packages.Select(one => (one.Purl, one.IsDevelopment, one.Release)).Order());
        Assert.Equal(("SHA-512", new string('a', 128)), read.Packages.Single(one => one.Kind == PackageKind.Npm).Hashes.Single());
    }

    [Theory]
    [InlineData("{}")]
    [InlineData("[]")]
    [InlineData("{\"bomFormat\":\"CycloneDX\",\"components\":[{\"purl\":\"pkg:\"},{\"purl\":\"pkg:npm/\"},{\"purl\":\"pkg:cargo/x@1\"},{\"purl\":7},3,null]}")]
    public void What_is_none_is_told_and_harms_nothing(string text)
    {
        var read = LockFile.Read("bom.json", text);
        Assert.Empty(read.Packages);
        Assert.NotEmpty(read.Problems);
    }
}
